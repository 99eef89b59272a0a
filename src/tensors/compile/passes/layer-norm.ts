import type { Value } from '../graph.ts';
import { eitherWay, made, numberOf, operator, rewriting } from '../rewrite.ts';

/** Layer normalisation as layers.ts writes it, with its scale and offset, to one operator. */
export const fuseLayerNorm = rewriting((value) => {
  const sum = eitherWay(value, 'Add', (input) => isVector(input) && input.op === 'Constant');
  const [offset, scaled] = sum ?? [];
  const [scale, normal] = eitherWay(scaled, 'Mul', (input) => isVector(input) && input.op === 'Constant') ?? [];
  const [inverse, centred] = eitherWay(normal, 'Mul', (input) => input.op === 'Reciprocal') ?? [];
  const [x, mean] = made(centred, 'Sub') ?? [];
  const [deviation] = made(inverse, 'Reciprocal') ?? [];
  const [shifted] = made(deviation, 'Sqrt') ?? [];
  const [epsilon, variance] = eitherWay(shifted, 'Add', (input) => !Number.isNaN(numberOf(input))) ?? [];
  const [square] = lastMean(variance) ?? [];
  const [a, b] = made(square, 'Mul') ?? [];
  const [averaged] = lastMean(mean) ?? [];
  if (x == null || offset === undefined || scale === undefined || a == null) return value;
  if (a !== b || a !== centred || averaged !== x) return value;
  return operator('LayerNormalization', [x, scale, offset], value, {
    axis: { int: -1 },
    epsilon: { float: numberOf(epsilon) },
  });
});

function isVector({ shape }: Value): boolean {
  return shape.length === 1;
}

/** What a mean over the last axis, which stays as one, is taken of. */
function lastMean(value: Value | null | undefined): readonly (Value | null)[] | null {
  const inputs = made(value, 'ReduceMean');
  const keeps = value?.attributes['keepdims'];
  const last = (inputs?.[0]?.shape.length ?? 0) - 1;
  return keeps !== undefined && 'int' in keeps && keeps.int === 1 && numberOf(inputs?.[1]) === last ? inputs : null;
}
