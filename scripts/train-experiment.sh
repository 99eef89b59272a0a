#!/bin/sh
# Trains what pipelines/experiments/adapters.ts compares, and evaluates it on cs-tts dev, the real code-switched clips and
# the monolingual guards. Everything goes on where an earlier run was interrupted.
#
#     scripts/train-experiment.sh                 the whole experiment: a night on 2 cores
#     RUNS=lora scripts/train-experiment.sh       the main row alone: the adapter on cross-entropy
#     LEARNING_RATE=0.0005 RUNS=lora ...          another rate
#     scripts/train-experiment.sh --share 0.02    trains all the same, and decodes a few utterances of each corpus
#
# Flags go to the evaluations. The corpora stand beside the repository, in ../shared; its clips are never trained on.
set -eu
cd "$(dirname "$0")/.."
runs=diglot-runs
shared=../shared
data=$runs/training-data
wanted=${RUNS:-"lora calibrator language variational lora-2 lora-3 calibrator-on-b"}
npx tsx scripts/training-data.ts

# train RUN PIPELINE FLAGS
train() {
  run=$1 pipeline=$2
  shift 2
  case " $wanted " in *" $run "*) ;; *) return 0 ;; esac
  echo "== training $run" >&2
  npx diglot run pipelines/$pipeline.json --files $data/train.jsonl --held-out $data/dev.jsonl --held-out-count 48 \
    --noises "$shared/audio/noise_sb_*.wav" --steps 250 --check-every 50 --learning-rate "${LEARNING_RATE:-0.001}" \
    --out $runs/training/$run "$@"
}
# Guards are held near the base.
base="--base-weight 0.5"
train lora train-lora $base --seed 1
train calibrator train-calibrator
train language train-language-aware $base --variational-weight 0
train variational train-language-aware $base
train lora-2 train-lora $base --seed 2
train lora-3 train-lora $base --seed 3
# The calibrator of an adapted model learns from that model, its adapter merged.
case " $wanted " in *" calibrator-on-b "*)
  merged=$runs/training/merged
  [ -e $merged ] || npx diglot export --model whisper-base-int8 --adapter zh-en --out $merged
  train calibrator-on-b train-calibrator --model $merged ;;
esac

# weights CALIBRATOR FLAGS. Lists of dev are decoded once, and searched for the weights of every language term.
weights() {
  calibrator=$runs/training/$1/adapter/calibrator.safetensors
  lists=$runs/lists/$1
  run=$1
  shift
  [ -e "$calibrator" ] || return 0
  npx diglot run decode-nbest --manifest $data/dev.jsonl --root $data --language zh,en --language-prompt single \
    --calibrator "$calibrator" --out "$lists" "$@" || [ $? -eq 3 ]
  for mode in internal external replace; do
    npx diglot run sweep --lists "$lists" --rescore $mode --to 1 --out "$runs/weights/$run-$mode"
  done
}
weights calibrator
weights calibrator-on-b --adapter zh-en

# evaluate CORPUS MANIFEST ROOT FLAGS. Status 3 tells of recordings that could not be read: the rest was done.
flags="$*"
evaluate() {
  echo "== adapters on $1" >&2
  # shellcheck disable=SC2086 -- the flags are several words
  npx diglot run pipelines/experiments/adapters.ts --only-missing \
    --files "$2" --root "$3" --out $runs/adapters-$1 --except '*fmt_*' $4 $flags || [ $? -eq 3 ]
}
evaluate cs-tts-dev $data/dev.jsonl $data ""
evaluate real-zh-en $shared/audio/manifest.jsonl $shared "--among zh-en"
evaluate guard-zh $shared/audio/manifest.jsonl $shared "--among zh"
evaluate guard-en $shared/audio/manifest.jsonl $shared "--among en"
for corpus in cs-tts-dev real-zh-en guard-zh guard-en; do
  npx diglot report $runs/adapters-$corpus --baseline a-untouched
done
