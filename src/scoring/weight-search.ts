/**
 * Which weights are looked at when the best is sought. An error rate over a weight is a staircase, so nothing but looking
 * is sure; a golden section (Kiefer 1953) looks at few places and finds the valley that it begins in.
 */

/** `count` weights from `from` to `to`, both among them, at equal distances; rounded to 12 digits, as people write them. */
export function evenly(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) =>
    Number((count === 1 ? from : from + ((to - from) * at) / (count - 1)).toPrecision(12)),
  );
}

const ratio = (Math.sqrt(5) - 1) / 2;

/**
 * Golden section between `from` and `to`: both ends are looked at, then inner places, until they lie no further apart than
 * `tolerance`. Of equal values the smaller weight counts as better, which leads a staircase down to plain.
 * @param value Told of every weight that is looked at, once.
 */
export function goldenSection(from: number, to: number, tolerance: number, value: (weight: number) => number): void {
  value(from);
  if (to <= from) return;
  value(to);
  let [low, high] = [from, to];
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let [atLeft, atRight] = [value(left), value(right)];
  while (right - left > tolerance) {
    if (atLeft <= atRight) {
      high = right;
      [right, atRight] = [left, atLeft];
      left = high - ratio * (high - low);
      atLeft = value(left);
    } else {
      low = left;
      [left, atLeft] = [right, atRight];
      right = low + ratio * (high - low);
      atRight = value(right);
    }
  }
}
