/**
 * How a model in training does on utterances that it does not learn from: the losses, what it gives the tokens and
 * languages of the references under teacher forcing, and the errors of what it writes when it is let to decode.
 */
import { melSpectrogram, SAMPLE_RATE, type MelSpectrogram } from '../audio/mel-spectrogram.ts';
import { cut, readRecording, type RecordingOptions } from '../audio/recordings.ts';
import { resample } from '../audio/resampler.ts';
import { RecordError } from '../errors.ts';
import { isContinuation } from '../language/token-bytes.ts';
import type { HeldOutCheck, HeldOutText, Origin, TrainingLosses, TrainingUtterance, Utterance } from '../records.ts';
import type { LanguageCounts, TeacherForcedCounts } from '../score-counts.ts';
import { calibrationCounts, declaredShares, decisionAmong, type Decision } from '../scoring/calibration.ts';
import { editDistance } from '../scoring/edit-distance.ts';
import type { Profile } from '../scoring/profiles/profile.ts';
import { bucketByLength } from './bucket-by-length.ts';
import type { Labeller } from './label-utterance.ts';
import type { Evaluation, Trainer, UtteranceEvaluation } from './trainer.ts';
import type { HeldOut } from './training-run.ts';

/** A held-out utterance in both forms: as training reads it, and as a decoder hears it. */
export interface HeldOutUtterance {
  readonly labelled: TrainingUtterance;
  readonly mel: MelSpectrogram;
  readonly reference: string;
}

/** Writes what a model hears in each of the utterances, with the weights that the trainer has now; parallel to them. */
export type DecodeTexts = (trainer: Trainer, utterances: readonly HeldOutUtterance[]) => Promise<readonly string[]>;

/** Which of the held-out utterances are decoded, and by what. */
export interface HeldOutDecoding {
  readonly utterances: readonly HeldOutUtterance[];
  readonly decode: DecodeTexts;
}

/** Utterances computed at once. */
const TOGETHER = 8;

/**
 * Reads the audio of utterances and labels them, all in memory: about 160 kB for a sentence.
 * @throws RecordError what reading and labelling throw, naming the utterance: a set that everything is chosen by must be whole.
 */
export async function readHeldOut(
  utterances: readonly Utterance[],
  labeller: Labeller,
  reading: RecordingOptions,
): Promise<HeldOutUtterance[]> {
  const made: HeldOutUtterance[] = [];
  for (const { id, path, start, duration, reference, speaker } of utterances) {
    if (reference === null || reference.trim() === '') {
      throw new RecordError('no-reference', `The held-out utterance ${id} has no text.`, { id });
    }
    const whole = await readRecording(path, reading);
    const piece = start === 0 && duration === null ? whole.samples : cut(whole, path, start, duration);
    const samples =
      whole.sampleRate === SAMPLE_RATE ? piece : resample(piece, whole.sampleRate, SAMPLE_RATE, 'swresample');
    const origin: Origin = { path, start, duration: samples.length / SAMPLE_RATE, reference, speaker, piece: null };
    const mel = melSpectrogram(samples, labeller.facts.bands);
    made.push({ labelled: labeller.label(id, origin, mel), mel, reference });
  }
  return made;
}

/**
 * @param profile Folds both texts before they are compared.
 * @param decoding Null compares no texts, which takes a part of the time.
 */
export function heldOutSet(
  utterances: readonly HeldOutUtterance[],
  { tokenizer, set }: Labeller,
  profile: Profile,
  decoding: HeldOutDecoding | null,
): HeldOut {
  const byId = new Map(utterances.map((each) => [each.labelled.id, each.labelled]));
  const limits = { count: TOGETHER, maxPadding: 1, maxSeconds: null };
  const labelled = utterances.map((each) => each.labelled);
  const batches = bucketByLength(labelled, ({ duration }) => duration, limits);
  /** The tokens of a reference with which a character begins, as decisions between languages are counted. */
  const begins = (token: number): boolean => {
    const bytes = tokenizer.bytes(token);
    return bytes.some((byte) => !isContinuation(byte));
  };

  function forced(evaluations: readonly UtteranceEvaluation[]): TeacherForcedCounts {
    const tokens: Decision[] = [];
    const [internal, external] = [languageDecisions(), languageDecisions()];
    for (const evaluation of evaluations) {
      const { logProbabilities, confidence, correct, classes } = evaluation;
      const { tokens: all, promptLength } = byId.get(evaluation.id)!;
      for (let row = 0; row < logProbabilities.length; row++) {
        const token = all[promptLength + row]!;
        if (token >= tokenizer.endOfText) continue;
        const ofTruth = Math.exp(logProbabilities[row]!);
        tokens.push({ confidence: confidence[row]!, isCorrect: correct[row] === 1, ofTruth });
        const language = classes[row]!;
        if (language === set.other || !begins(token)) continue;
        internal.add(rowOf(evaluation.internal, row, set.classes.length), language);
        if (evaluation.external !== null) external.add(rowOf(evaluation.external, row, set.classes.length), language);
      }
    }
    return { tokens: calibrationCounts(tokens), internal: internal.counts(), external: external.counts() };
  }

  function languageDecisions() {
    const size = set.languages.length;
    const confusion = new Array<number>(size ** 2).fill(0);
    const decisions: Decision[] = [];
    return {
      add(probabilities: readonly number[], truth: number): void {
        const shares = declaredShares(probabilities, size);
        if (shares === null) return;
        const decision = decisionAmong(shares, truth);
        decisions.push(decision);
        confusion[truth * size + shares.indexOf(decision.confidence)]! += 1;
      },
      counts: (): LanguageCounts => ({ calibration: calibrationCounts(decisions), confusion }),
    };
  }

  async function compared(trainer: Trainer, { utterances: decoded, decode }: HeldOutDecoding): Promise<HeldOutText[]> {
    const texts = await decode(trainer, decoded);
    const unitsOf = (text: string): string[] => profile.units(text).map((unit) => unit.text);
    return decoded.map(({ labelled: { id }, reference }, at) => {
      const spoken = unitsOf(reference);
      const text = texts[at]!;
      return { id, reference, text, errors: editDistance(spoken, unitsOf(text)), units: spoken.length };
    });
  }

  return {
    batches,
    async check(trainer): Promise<Omit<HeldOutCheck, 'isBest'>> {
      const evaluations: Evaluation[] = [];
      for (const batch of batches) evaluations.push(await trainer.evaluate(batch));
      const texts = decoding === null ? [] : await compared(trainer, decoding);
      return {
        losses: meanLosses(evaluations),
        errors: texts.reduce((sum, { errors }) => sum + errors, 0),
        units: texts.reduce((sum, { units }) => sum + units, 0),
        texts,
        forced: forced(evaluations.flatMap((each) => each.utterances)),
      };
    },
  };
}

function rowOf(values: Float32Array, row: number, width: number): number[] {
  return [...values.subarray(row * width, (row + 1) * width)];
}

/** Over all tokens. */
function meanLosses(evaluations: readonly Evaluation[]): TrainingLosses {
  const tokens = evaluations.reduce((sum, each) => sum + each.tokens, 0);
  const mean = (part: keyof TrainingLosses): number =>
    evaluations.reduce((sum, each) => sum + each.tokens * each.losses[part], 0) / Math.max(1, tokens);
  return {
    total: mean('total'),
    tokens: mean('tokens'),
    language: mean('language'),
    replacement: mean('replacement'),
    variational: mean('variational'),
    base: mean('base'),
  };
}
