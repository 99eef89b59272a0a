/**
 * The mixture of prompts: p(v) = sum over l of w[l] p(v | prompt l), the expectation of the token over the language that the
 * decoder is told (method-specs 10, idea 7; averaging as in 3.5).
 */
import type { TokenRow } from '../language/token-row.ts';

/** ln(1 + e^-d) for d from 0 to 32, 512 steps a unit: interpolated, it is off by 1.2e-7, less than a 32-bit row holds. */
const stepsPerUnit = 512;
const reach = 32;
const logSums = Float64Array.from({ length: reach * stepsPerUnit + 1 }, (_, i) =>
  Math.log1p(Math.exp(-i / stepsPerUnit)),
);

/**
 * The weighted rows are added up two by two in log space, by table, because an exponential and a logarithm for each of
 * 51,865 tokens take twice as long.
 * @param rows For each prompt natural log-probabilities of the same tokens, normalised before any token is masked.
 * @param weights Parallel to `rows`; they sum to 1.
 * @returns Natural log-probabilities; -Infinity where every prompt of some weight has it.
 */
export function mix(rows: readonly TokenRow[], weights: ArrayLike<number>): TokenRow {
  const [first] = rows as [TokenRow];
  const values = new Float32Array(first.values.length).fill(-Infinity);
  rows.forEach((row, prompt) => addTo(values, row.values, Math.log(weights[prompt]!)));
  if (first.grouped === null) return { ...first, values };
  const masses = first.grouped.masses.map((_, group) =>
    rows.reduce((sum, { grouped }, prompt) => sum + weights[prompt]! * grouped!.masses[group]!, 0),
  );
  return {
    ...first,
    values,
    grouped: { ...first.grouped, masses, powerMasses: null, bounds: first.grouped.bounds.slice() },
  };
}

/** Makes of each sum a the log of e^a + e^(b + offset). */
function addTo(sums: Float32Array, row: Float32Array, offset: number): void {
  for (let token = 0; token < sums.length; token++) {
    const sum = sums[token]!;
    const added = row[token]! + offset;
    const larger = Math.max(sum, added);
    const place = Math.abs(sum - added) * stepsPerUnit;
    // False for NaN too, the distance of two impossible tokens.
    if (place < reach * stepsPerUnit) {
      const before = Math.floor(place);
      const from = logSums[before]!;
      sums[token] = larger + from + (place - before) * (logSums[before + 1]! - from);
    } else {
      sums[token] = larger;
    }
  }
}

/**
 * What each language's prompt weighs: the languages' shares of q; all the same where q gives them nothing.
 * @param q Over the languages, or over the languages and other.
 */
export function mixtureWeights(q: ArrayLike<number>, languages: number): Float64Array {
  const weights = Float64Array.from({ length: languages }, (_, language) => q[language]!);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum > 0 ? weights.map((weight) => weight / sum) : weights.fill(1 / languages);
}
