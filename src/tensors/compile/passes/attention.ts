import type { Value } from '../graph.ts';
import { eitherWay, made, numberOf, operator, rewriting } from '../rewrite.ts';
import { constantOf, sameSize } from '../size.ts';

/**
 * Attention over heads, from the split of queries, keys and values [rows, positions, width] into heads to the merge of
 * what was read, to ONNX Runtime's MultiHeadAttention, which never holds all scores at once. A number by which the queries
 * were multiplied goes along. Where the scores are used elsewhere they are computed as before.
 */
export const fuseAttention = rewriting((value) => {
  const [merged] = made(value, 'Reshape') ?? [];
  const [weights, values] = made(swapped(merged, '0,2,1,3'), 'MatMul') ?? [];
  const [scores] = made(weights, 'Softmax') ?? [];
  const [queries, turned] = made(scores, 'MatMul') ?? [];
  const q = beforeSplit(queries);
  const k = beforeSplit(swapped(turned, '0,1,3,2'));
  const v = beforeSplit(values);
  const heads = constantOf(queries?.shape[1] ?? []);
  if (q === null || k === null || v === null || heads === null || value.shape.length !== 3) return value;
  const whole = value.shape.every((size, axis) => q.shape[axis] !== undefined && sameSize(size, q.shape[axis]));
  if (!whole) return value;
  const scaled = eitherWay(q, 'Mul', (input) => !Number.isNaN(numberOf(input)));
  const [factor, unscaled] = scaled?.[1].shape.length === 3 ? scaled : [null, q];
  return operator(
    'MultiHeadAttention',
    [unscaled, k, v],
    value,
    { num_heads: { int: heads }, scale: { float: factor === null ? 1 : numberOf(factor) } },
    'com.microsoft',
  );
});

/** What a transposition by this order is taken of. */
function swapped(value: Value | null | undefined, order: string): Value | null {
  const by = value?.attributes['perm'];
  return by !== undefined && 'ints' in by && by.ints.join() === order ? (made(value, 'Transpose')?.[0] ?? null) : null;
}

/** [rows, positions, width] of what is split into [rows, heads, positions, features]. */
function beforeSplit(value: Value | null | undefined): Value | null {
  const whole = made(swapped(value, '0,2,1,3'), 'Reshape')?.[0] ?? null;
  return whole?.shape.length === 3 ? whole : null;
}
