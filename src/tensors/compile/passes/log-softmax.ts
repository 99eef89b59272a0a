import type { Value } from '../graph.ts';
import { made, numberOf, operator, rewriting } from '../rewrite.ts';

/**
 * The logarithm of a softmax over the last axis as tfjs composes it, x - max - log sum exp(x - max), to one operator. That
 * one adds up each row alike; ONNX Runtime's sum begins where the row's place in memory makes it quickest, so that a row's
 * result would depend on those before it.
 */
export const fuseLogSoftmax = rewriting((value) => {
  const [shifted, logSum] = made(value, 'Sub') ?? [];
  const [x, most] = made(shifted, 'Sub') ?? [];
  const [sum] = made(logSum, 'Log') ?? [];
  const [powers] = lastReduction(sum, 'ReduceSum') ?? [];
  const [same] = made(powers, 'Exp') ?? [];
  const [largest] = lastReduction(most, 'ReduceMax') ?? [];
  if (x == null || same !== shifted || largest !== x) return value;
  return operator('LogSoftmax', [x], value, { axis: { int: -1 } });
});

/** What is reduced over the last axis, which stays as one. */
function lastReduction(value: Value | null | undefined, op: string): readonly (Value | null)[] | null {
  const inputs = made(value, op);
  const keeps = value?.attributes['keepdims'];
  const last = (inputs?.[0]?.shape.length ?? 0) - 1;
  return keeps !== undefined && 'int' in keeps && keeps.int === 1 && numberOf(inputs?.[1]) === last ? inputs : null;
}
