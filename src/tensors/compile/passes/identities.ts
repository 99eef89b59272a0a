/** Leaves out what changes nothing: gradients add zeros, multiply by ones, and turn round what was turned before. */
import type { Value } from '../graph.ts';
import { made, rewriting } from '../rewrite.ts';
import { sameSize } from '../size.ts';

/** The number that leaves the other operand as it is, and whether it may stand in front of it. */
const neutral: Readonly<Record<string, { readonly number: number; readonly front: boolean }>> = {
  Add: { number: 0, front: true },
  Sub: { number: 0, front: false },
  Mul: { number: 1, front: true },
  Div: { number: 1, front: false },
  Pow: { number: 1, front: false },
};

const sameWhereShaped: ReadonlySet<string> = new Set(['Reshape', 'Expand', 'Tile']);

export const dropIdentities = rewriting((value) => {
  const [x, y] = value.inputs;
  if (x == null || value.domain !== '') return value;
  if (value.op === 'Identity' || (value.op === 'Cast' && value.type === x.type)) return x;
  if (sameWhereShaped.has(value.op) && sameShape(value, x)) return x;
  const rule = neutral[value.op];
  if (rule !== undefined && y != null) {
    if (isEverywhere(y, rule.number) && sameShape(value, x)) return x;
    if (rule.front && isEverywhere(x, rule.number) && sameShape(value, y)) return y;
  }
  return value.op === 'Transpose' ? untwisted(value, x) : value;
});

/** Nothing where two transpositions cancel out. Others stay as they are: that of attention is told by its two. */
function untwisted(value: Value, x: Value): Value {
  const [first] = made(x, 'Transpose') ?? [];
  const before = first == null ? null : orderOf(x);
  const both = orderOf(value).map((axis) => (before === null ? axis : before[axis]));
  return both.every((axis, index) => axis === index) ? (first ?? x) : value;
}

function orderOf({ attributes }: Value): readonly number[] {
  const order = attributes['perm'];
  return order !== undefined && 'ints' in order ? order.ints : [];
}

function sameShape(a: Value, b: Value): boolean {
  return (
    a.shape.length === b.shape.length && a.shape.every((size, axis) => sameSize(size, b.shape[axis] as typeof size))
  );
}

/** Whether each number of a tensor is this one, as far as the graph tells. */
function isEverywhere(value: Value, number: number): boolean {
  const whole = value.op === 'Expand' ? value.inputs[0] : value;
  if (whole?.op !== 'Constant' || whole.data === null || whole.data.length === 0) return false;
  const numbers = whole.data as Float32Array;
  return Number(numbers[0]) === number && numbers.every((other) => Number(other) === number);
}
