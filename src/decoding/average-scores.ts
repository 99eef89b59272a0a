/** Scores of several models as those of one (method-specs 3.5). All are natural logarithms. */

export const averages = ['token', 'sequence'] as const;
export type Average = (typeof averages)[number];

/**
 * ln of the probability that the models together give a text.
 *
 * @param scores Of each model the log-probabilities of the tokens, as many of each model.
 * @param average `token`: the mean of the models' probabilities at every token, multiplied along the text. `sequence`: the
 *   mean of the probabilities that they give all of it.
 */
export function averageScore(scores: readonly ArrayLike<number>[], average: Average): number {
  const count = Math.log(scores.length);
  if (average === 'sequence') return logSum(scores.map(sum)) - count;
  const tokens = Array.from(scores[0]!, (_, token) => logSum(scores.map((model) => model[token]!)) - count);
  return sum(tokens);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at]!;
  return total;
}

function logSum(values: readonly number[]): number {
  const largest = Math.max(...values);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(values.reduce((total, value) => total + Math.exp(value - largest), 0));
}
