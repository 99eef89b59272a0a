/** What is known of times, carried to a token by its cross-attention (method-specs 1.5, option C). */

/**
 * Mean of rows over time, weighted by attention: sum over t of attention[t] values[t], with the attention on what is heard
 * scaled to sum to 1. Where all attention lies on the silence behind the audio, the plain mean.
 * @param attention Positions, at least `values.length / size`.
 * @param values positions x size.
 * @returns `size` numbers; a distribution where every row is one.
 */
export function attendedMean(attention: ArrayLike<number>, values: Float64Array, size: number): Float64Array {
  const heard = values.length / size;
  const mean = new Float64Array(size);
  let sum = 0;
  for (let position = 0; position < heard; position++) sum += attention[position]!;
  for (let position = 0; position < heard; position++) {
    const weight = sum > 0 ? attention[position]! / sum : 1 / heard;
    for (let i = 0; i < size; i++) mean[i]! += weight * values[position * size + i]!;
  }
  return mean;
}
