#!/bin/sh
# Runs the experiments of pipelines/experiments on every corpus, and goes on where an earlier run was interrupted.
#
#     scripts/experiment.sh                   everything: some two hours on 2 cores
#     scripts/experiment.sh --share 0.02      a few utterances of each, to try it out
#
# Flags go to every run. The corpora stand beside the repository, in ../shared.
set -eu
cd "$(dirname "$0")/.."
runs=diglot-runs
shared=../shared

# The archive of cs-tts is read from a folder.
mkdir -p $runs/audio/cs-tts-dev
tar -xf $shared/corpora/cs-tts/dev.tar -C $runs/audio/cs-tts-dev --skip-old-files

# run EXPERIMENT CORPUS MANIFEST ROOT FLAGS. Status 3 tells of recordings that could not be read: the rest was done.
run() {
  echo "== $1 on $2" >&2
  # shellcheck disable=SC2086 -- the flags are several words
  npx diglot run pipelines/experiments/$1.ts --only-missing \
    --files "$3" --root "$4" --out $runs/$2 --except '*fmt_*' $5 || [ $? -eq 3 ]
}

flags="$*"
dev=$shared/corpora/cs-tts/dev.jsonl
audio=$runs/audio/cs-tts-dev
for experiment in prompts mixtures ceilings defaults; do
  run $experiment cs-tts-dev $dev $audio "$flags"
done
run defaults real-zh-en $shared/audio/manifest.jsonl $shared "--among zh-en $flags"
run defaults guard-zh $shared/audio/manifest.jsonl $shared "--among zh $flags"
run defaults guard-en $shared/audio/manifest.jsonl $shared "--among en $flags"
for experiment in prompts weights moving-mixtures wrong-language evidence priming; do
  run $experiment cs-tts-dev-sample $dev $audio "--share 0.2 $flags"
done
