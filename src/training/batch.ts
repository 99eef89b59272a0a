/** Utterances as the arrays that a step reads. */
import { RecordError } from '../errors.ts';
import type { TokenLanguages } from '../language/token-language.ts';
import type { NumberArray } from '../tensors/compile/compile.ts';
import type { Dimensions } from '../whisper/dimensions.ts';
import type { TrainingUtterance } from './trainer.ts';

/** Positions a second. */
const positionsPerSecond = 50;

/** A class that is rare in a batch weighs so much more than others at most. */
const mostWeight = 4;

/** What all utterances of a step have in common, however many of them are computed at once. */
export interface StepShares {
  readonly utterances: number;
  /** Tokens that count: those behind the prompts, ends included. */
  readonly tokens: number;
  /** Of them text, without the ends: what the losses of language are means over. */
  readonly text: number;
  /** By class what one token weighs, divided by what all together do. */
  readonly classWeights: readonly number[];
}

/** @throws RecordError `training` when an utterance does not suit the model. */
export function checkUtterance(
  { id, logMel, frames, tokens, promptLength, classes, duration }: TrainingUtterance,
  { bands, audioPositions, textPositions, vocabularySize }: Dimensions,
): void {
  const refuse = (why: string) => new RecordError('training', `${why}; leave it out of training.`, { id });
  if (logMel.length !== bands * frames || frames % 2 !== 0 || frames === 0 || frames > 2 * audioPositions) {
    throw refuse(
      `${logMel.length} numbers and ${frames} frames do not suit ${bands} bands and ${2 * audioPositions} frames`,
    );
  }
  if (tokens.length > textPositions)
    throw refuse(`it has ${tokens.length} tokens, and the model reads ${textPositions}`);
  if (promptLength < 1 || promptLength >= tokens.length)
    throw refuse(`${tokens.length} tokens have no text behind a prompt of ${promptLength}`);
  if (classes.length !== tokens.length) throw refuse(`it has ${tokens.length} tokens and ${classes.length} classes`);
  if (!tokens.every((token) => token >= 0 && token < vocabularySize)) throw refuse('it has a token that is unknown');
  if (!(duration > 0)) throw refuse(`it lasts ${duration} seconds`);
}

export function sharesOf(batch: readonly TrainingUtterance[], classes: number): StepShares {
  const counts = new Array<number>(classes).fill(0);
  let tokens = 0;
  for (const { tokens: all, promptLength, classes: own } of batch) {
    tokens += all.length - promptLength;
    own.subarray(promptLength, -1).forEach((index) => (counts[index]! += 1));
  }
  const text = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  // Inverse to how often a class occurs: all classes together then weigh the same.
  const weights = counts.map((count) => (count === 0 ? 0 : Math.min(mostWeight, text / (present * count))));
  const sum = weights.reduce((total, weight, index) => total + weight * counts[index]!, 0);
  return {
    utterances: batch.length,
    tokens,
    text,
    classWeights: weights.map((weight) => (sum === 0 ? 0 : weight / sum)),
  };
}

/** Whether the text holds words of one language alone. @param other Class of what is of no language. */
export function isMonolingual({ classes, promptLength }: TrainingUtterance, other: number): boolean {
  return new Set(classes.subarray(promptLength).filter((index) => index !== other)).size === 1;
}

/** How many rows of losses an utterance has. */
export const countedTokens = ({ tokens, promptLength }: TrainingUtterance): number => tokens.length - promptLength;

/** The log-mels, lengthened with zeros to the longest or to `frames`, as decoding fills its window behind the audio. */
export function logMelOf(
  batch: readonly TrainingUtterance[],
  { bands }: Dimensions,
  frames = Math.max(...batch.map((one) => one.frames)),
): NumberArray {
  const values = new Float32Array(batch.length * bands * frames);
  batch.forEach(({ logMel, frames: own }, row) => {
    for (let band = 0; band < bands; band++) {
      values.set(logMel.subarray(band * own, (band + 1) * own), (row * bands + band) * frames);
    }
  });
  return { values, shape: [batch.length, bands, frames] };
}

/** 1 where a position holds audio. */
export function heardOf(batch: readonly TrainingUtterance[], positions: number): NumberArray {
  const values = new Float32Array(batch.length * positions);
  batch.forEach(({ duration }, row) => {
    const heard = Math.min(positions, Math.max(1, Math.ceil(duration * positionsPerSecond)));
    values.fill(1, row * positions, row * positions + heard);
  });
  return { values, shape: [batch.length, 1, positions] };
}

/**
 * `tokens` [rows, n], padded behind their end with it, and for each token that counts: `wanted`, where in the tokens it is
 * predicted; `next`, itself; `labels`, its class; `continuing`, the class that a token has there which only goes on with a
 * character; `shares`, `textShares` and `languageShares`, what it weighs in the three kinds of mean.
 * @param perUtterance The mean of a token is over utterances: what the published loss takes.
 */
export function tokensOf(
  batch: readonly TrainingUtterance[],
  { utterances, tokens: allTokens, text, classWeights }: StepShares,
  { start, next: nextState, continuationClasses, set }: TokenLanguages,
  perUtterance: boolean,
): Record<string, NumberArray> {
  const n = Math.max(...batch.map(({ tokens }) => tokens.length - 1));
  const tokens = new Int32Array(batch.length * n);
  const counted = batch.reduce((sum, one) => sum + countedTokens(one), 0);
  const whole = () => new Int32Array(counted);
  const floats = () => new Float32Array(counted);
  const [wanted, next, labels, continuing] = [whole(), whole(), whole(), whole()];
  const [shares, textShares, languageShares] = [floats(), floats(), floats()];
  let at = 0;
  batch.forEach(({ tokens: own, promptLength, classes }, row) => {
    tokens.fill(own.at(-1)!, row * n, (row + 1) * n);
    tokens.set(own.subarray(0, -1), row * n);
    let state = start;
    for (let place = promptLength; place < own.length; place++, at++) {
      const isText = place < own.length - 1;
      wanted[at] = row * n + place - 1;
      next[at] = own[place]!;
      labels[at] = classes[place]!;
      continuing[at] = mostCommon(continuationClasses(state), set.other);
      shares[at] = 1 / (perUtterance ? utterances : allTokens);
      textShares[at] = isText ? 1 / text : 0;
      languageShares[at] = isText ? classWeights[classes[place]!]! : 0;
      state = nextState(state, own[place]!);
    }
  });
  const vector = (values: Int32Array | Float32Array): NumberArray => ({ values, shape: [counted] });
  return {
    tokens: { values: tokens, shape: [batch.length, n] },
    wanted: vector(wanted),
    next: vector(next),
    labels: vector(labels),
    continuing: vector(continuing),
    shares: vector(shares),
    textShares: vector(textShares),
    languageShares: vector(languageShares),
  };
}

/** Behind nearly every byte all continuations have one class. */
function mostCommon(classes: Uint8Array, fallback: number): number {
  const counts = new Map<number, number>();
  for (const one of classes) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? fallback;
}
