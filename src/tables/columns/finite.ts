/**
 * Whether numbers are numbers. A product with 0 is 0 but for NaN and infinities. In four sums, none of which waits for
 * another; and once for each width, because a loop that has seen both takes twice as long: columns are checked whole, every
 * time that they are read.
 */

/** Index of the first NaN or infinity, or -1. */
export function firstNotFinite(values: Float32Array | Float64Array): number {
  if (values instanceof Float32Array ? areFinite32(values) : areFinite64(values)) return -1;
  return values.findIndex((value) => !Number.isFinite(value));
}

function areFinite32(values: Float32Array): boolean {
  const { length } = values;
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 3 < length; at += 4) {
    a += values[at]! * 0;
    b += values[at + 1]! * 0;
    c += values[at + 2]! * 0;
    d += values[at + 3]! * 0;
  }
  for (; at < length; at += 1) a += values[at]! * 0;
  return a + b + c + d === 0;
}

function areFinite64(values: Float64Array): boolean {
  const { length } = values;
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 3 < length; at += 4) {
    a += values[at]! * 0;
    b += values[at + 1]! * 0;
    c += values[at + 2]! * 0;
    d += values[at + 3]! * 0;
  }
  for (; at < length; at += 1) a += values[at]! * 0;
  return a + b + c + d === 0;
}
