/** Sampling at a temperature (openai-whisper whisper/decoding.py, `GreedyDecoder` with temperature above 0). */
import { valueOf } from '../language/token-row.ts';
import { maximum } from './log-probabilities.ts';
import type { RandomNumbers } from '../random-numbers.ts';
import { cutOff, ended, type Candidate, type Extension, type Search } from './search.ts';

export interface SamplingOptions {
  /** Independent samples. */
  readonly bestOf: number;
  /** Above 0. */
  readonly temperature: number;
  readonly endOfText: number;
  readonly random: RandomNumbers;
}

export function sampling({ bestOf, temperature, endOfText, random }: SamplingOptions): Search {
  const found: Candidate[] = [];
  let first = true;
  return {
    ranks: Infinity,
    advance(paths, rows) {
      const draws = first ? bestOf : 1;
      first = false;
      const extensions: Extension[] = [];
      paths.forEach((path, parent) => {
        const row = rows[parent]!;
        for (let i = 0; i < draws; i++) {
          const token = draw(row.row.values, temperature, random);
          const choice = { parent, token, score: path.score + (valueOf(row.row, token) - row.normaliser) };
          if (token === endOfText) found.push(ended(path, choice, row));
          else extensions.push(choice);
        }
      });
      return { extensions, complete: extensions.length === 0 };
    },
    candidates: (live) => [...found, ...live.map(cutOff)],
  };
}

/** A token drawn with the probability softmax(row / temperature). The row is whole and has a finite value. */
function draw(row: Float32Array, temperature: number, random: RandomNumbers): number {
  const largest = maximum(row);
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp((row[i]! - largest) / temperature);
  let left = random() * sum;
  let last = 0;
  for (let i = 0; i < row.length; i++) {
    const weight = Math.exp((row[i]! - largest) / temperature);
    if (weight === 0) continue;
    last = i;
    left -= weight;
    if (left < 0) break;
  }
  return last;
}
