/** Batches of like length with little padding. */

export interface BatchLimits {
  /** Items of a batch, at most. */
  readonly count: number;
  /** Share of a batch that may be padding. */
  readonly maxPadding: number;
  /** Length of all items of a batch, padding included; null sets no limit. */
  readonly maxSeconds: number | null;
}

/**
 * Every item in one batch, shortest first; a batch is never empty, and an item longer than the limit is one by itself.
 * Items of equal length keep their order.
 */
export function bucketByLength<T>(
  items: readonly T[],
  secondsOf: (item: T) => number,
  { count, maxPadding, maxSeconds }: BatchLimits,
): T[][] {
  const sorted = items
    .map((item) => ({ item, seconds: secondsOf(item) }))
    .sort((one, other) => one.seconds - other.seconds);
  const batches: T[][] = [];
  let batch: T[] = [];
  let sum = 0;
  for (const { item, seconds } of sorted) {
    const padded = (batch.length + 1) * seconds;
    const padding = padded > 0 ? 1 - (sum + seconds) / padded : 0;
    const fits = batch.length < count && padding <= maxPadding && padded <= (maxSeconds ?? Infinity);
    if (batch.length > 0 && !fits) {
      batches.push(batch);
      batch = [];
      sum = 0;
    }
    batch.push(item);
    sum += seconds;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
