/** Sampling at a temperature (openai-whisper whisper/decoding.py, `GreedyDecoder` with temperature above 0). */
import { tokenAt, valueOf, type TokenRow } from '../language/token-row.ts';
import type { RandomNumbers } from '../random-numbers.ts';
import { maximum } from './log-probabilities.ts';
import type { ScoredRow } from './scorer.ts';
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
    ranks: 0,
    whole: true,
    advance(paths, rows, wholeRow) {
      const draws = first ? bestOf : 1;
      first = false;
      const extensions: Extension[] = [];
      paths.forEach((path, parent) => {
        const given = urnOf(rows[parent]!, temperature);
        const urn = given.beyond === Infinity ? urnOf(wholeRow(parent), temperature) : given;
        for (let i = 0; i < draws; i++) {
          const { token, row } = drawFrom(urn, random, () => wholeRow(parent));
          const choice = { parent, token, score: path.score + (valueOf(row.row, token) - row.normaliser), row };
          if (token === endOfText) found.push(ended(path, choice));
          else extensions.push(choice);
        }
      });
      return { extensions, complete: extensions.length === 0 };
    },
    candidates: (live) => [...found, ...live.map(cutOff)],
  };
}

/** Tokens so far below the first weigh less together than what 64-bit numbers can tell from nothing. */
const negligible = 48;

/** What tokens are drawn from: each that has a value by its weight, e^(value / temperature), all others at once. */
interface Urn {
  readonly scored: ScoredRow;
  readonly temperature: number;
  /** Score that weighs 1. */
  readonly unit: number;
  /** Parallel to the values. */
  readonly weights: Float64Array;
  /** Their sum. */
  readonly listed: number;
  /** At least what all other tokens weigh together; Infinity where that cannot be told. */
  readonly beyond: number;
}

/**
 * At a temperature up to 1 the other tokens have a bound: where none of them has more than p = b, and k = 1 / temperature,
 * their powers p^k add up to no more than b^(k - 1) times the sum of p, which is known.
 */
function urnOf(scored: ScoredRow, temperature: number): Urn {
  const { row } = scored;
  const { values } = row;
  const unit = maximum(values);
  const weights = new Float64Array(values.length);
  let listed = 0;
  for (let place = 0; place < values.length; place++) {
    const below = (unit - values[place]!) / temperature;
    if (below > negligible) continue;
    const weight = Math.exp(-below);
    weights[place] = weight;
    listed += weight;
  }
  return { scored, temperature, unit, weights, listed, beyond: beyondOf(row, temperature, unit) };
}

function beyondOf({ values, grouped }: TokenRow, temperature: number, unit: number): number {
  const bound = maximum(grouped?.bounds ?? []);
  if (grouped === null || bound === -Infinity) return 0;
  if (temperature > 1) return Infinity;
  let rest = grouped.masses.reduce((sum, mass) => sum + mass, 0) * Math.exp(-unit);
  for (let place = 0; place < grouped.listedFrom; place++) rest -= Math.exp(values[place]! - unit);
  return Math.max(0, rest) * Math.exp((bound - unit) * (1 / temperature - 1));
}

/**
 * A token drawn with the probability softmax(row / temperature), and the row that tells of it. Where the lot falls beyond
 * the tokens with values the whole row decides which it is, or, because `beyond` is a bound, that it is none, and lots are
 * drawn again (rejection sampling): the probabilities are exact.
 */
function drawFrom(
  { scored, temperature, unit, weights, listed, beyond }: Urn,
  random: RandomNumbers,
  wholeRow: () => ScoredRow,
): { readonly token: number; readonly row: ScoredRow } {
  const { row } = scored;
  let known: ReadonlySet<number> | undefined;
  for (;;) {
    let left = random() * (listed + beyond);
    if (!(left >= listed && beyond > 0)) {
      let last = 0;
      for (let place = 0; place < weights.length && left >= 0; place++) {
        if (weights[place] === 0) continue;
        last = place;
        left -= weights[place]!;
      }
      return { token: tokenAt(row, last), row: scored };
    }
    left -= listed;
    const whole = wholeRow();
    known ??= new Set(row.tokens?.subarray(0, row.special));
    for (let token = 0; token < row.endOfText; token++) {
      const below = (unit - whole.row.values[token]!) / temperature;
      if (below > negligible || known.has(token)) continue;
      left -= Math.exp(-below);
      if (left < 0) return { token, row: whole };
    }
  }
}
