/** What a search asks of a row of 51,865 numbers: its normaliser, and the few largest. No row is sorted or copied. */

/** Largest value of `row[from .. to)`; -Infinity where there is none. */
export function maximum(row: ArrayLike<number>, from = 0, to = row.length): number {
  let largest = -Infinity;
  for (let i = from; i < to; i++) {
    const value = row[i]!;
    if (!(value <= largest)) largest = value;
  }
  return largest;
}

/** ln of the sum of e^x over `row[from .. to)`: -Infinity where all are masked, NaN where one is NaN. */
export function logSumExp(row: Float32Array, from = 0, to = row.length): number {
  const largest = maximum(row, from, to);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp(row[i]! - largest);
  return largest + Math.log(sum);
}

/** Where the `count` largest finite values of a row stand, largest first; of equal values the one that comes first. */
export function largest(row: Float32Array, count: number): number[] {
  const places: number[] = [];
  let least = -Infinity;
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    if (!(value > least)) continue;
    let at = places.length;
    while (at > 0 && row[places[at - 1]!]! < value) at--;
    places.splice(at, 0, i);
    if (places.length > count) places.pop();
    if (places.length === count) least = row[places[count - 1]!]!;
  }
  return places;
}
