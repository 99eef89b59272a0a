/** Toy models whose scores are hashes of the last tokens and the place of the window: a second program repeats them. */
import type { MelSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { logSumExp } from '../../src/decoding/log-probabilities.ts';
import { toyLogMel, toyModel, toyTokenizer, type ToyModel } from '../support/toy-model.ts';

export interface HashedScores {
  readonly seed: number;
  /** Added to the scores of the end, of silence, and of 60 timestamps that move on by `pace` with each token. */
  readonly end: number;
  readonly silence: number;
  readonly stamps: number;
  readonly pace: number;
  /** Positions from the attention of one token to that of the next, and how much it stands out. */
  readonly spread: number;
  readonly sharp: number;
  /** Text positions. */
  readonly ctx: number;
}

/** FNV-1a over the key, then a multiplication for each value: 23 bits from -4 to 4, exact in 32-bit floats. */
export function hashes(seed: number, key: readonly number[], count: number): Float32Array {
  let hash = 2_166_136_261 ^ seed;
  for (const one of key) hash = Math.imul(hash ^ one, 16_777_619);
  return Float32Array.from({ length: count }, (_, value) => {
    let mixed = Math.imul(hash ^ value, 16_777_619);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 2_246_822_519);
    mixed ^= mixed >>> 13;
    return ((mixed >>> 9) / 2 ** 23) * 8 - 4;
  });
}

export function hashedModel(words: readonly string[], scores: HashedScores): ToyModel {
  const { seed, end, silence, stamps, pace, spread, sharp, ctx } = scores;
  const { endOfText, noSpeech, timestampBegin, vocabularySize } = toyTokenizer(words);
  const row = (tokens: readonly number[], place: number): Float32Array => {
    const values = hashes(seed, [place, ...tokens.slice(-3), tokens.length], vocabularySize);
    values[endOfText]! += end;
    values[noSpeech]! += silence;
    for (let i = timestampBegin; i < vocabularySize; i++) values[i]! -= 4;
    const likely = timestampBegin + ((tokens.length * pace) % 1400);
    for (let i = likely; i < likely + 60; i++) values[i]! += stamps;
    return values;
  };
  const attention = (tokens: readonly number[], place: number, positions: number): Float32Array => {
    const attended = new Float32Array(2 * tokens.length * positions);
    for (let head = 0, at = 0; head < 2; head++) {
      for (const [i, token] of tokens.entries()) {
        const noise = hashes(seed + head, [place, token, i], positions);
        const centre = (i * spread * (1 + head * 0.1)) % positions;
        for (let position = 0; position < positions; position++, at++) {
          const near = Math.fround(8 - Math.min(Math.fround(Math.abs(position - centre)), 8));
          attended[at] = Math.fround(sharp * near) + noise[position]! * 0.5;
        }
      }
    }
    return attended;
  };
  return toyModel({
    words,
    facts: {
      textPositions: ctx,
      alignmentHeads: [
        [0, 0],
        [0, 1],
      ],
    },
    next: (tokens, states) => row(tokens, states[0]!),
    align(tokens, positions, states) {
      const rows = tokens.slice(1).map((token, i) => ({ token, values: row(tokens.slice(0, i + 1), states[0]!) }));
      return {
        scores: attention(tokens, states[0]!, positions),
        heads: 2,
        tokens: tokens.length,
        positions,
        logProbabilities: Float32Array.from(rows, ({ token, values }) => values[token]! - logSumExp(values)),
        logTextProbabilities: Float32Array.from(
          rows,
          ({ values }) => logSumExp(values, 0, endOfText) - logSumExp(values),
        ),
      };
    },
  });
}

/** Counts its frames from 1: where a window has no frame of the recording it says 0. */
export function hashedLogMel(frames: number): MelSpectrogram {
  const logMel = toyLogMel(frames);
  return { ...logMel, values: logMel.values.map((frame) => frame + 1) };
}
