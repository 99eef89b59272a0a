/** Kernels that run along axes: sums and extremes, softmax, running sums, the places of extremes. */
import type { SoftmaxAttrs } from '@tensorflow/tfjs-core';
import { cast, like, type Kernel, type Kernels, type X } from './kernel.ts';
import { constantNumbers, emit, integers, type Recorded } from './recording.ts';

/** tfjs calls the axes by one name or the other. */
interface ReductionAttrs {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

function axesOf({ axis, reductionIndices }: ReductionAttrs, { shape }: Recorded): number[] {
  const given = axis ?? reductionIndices ?? shape.map((_, index) => index);
  return (typeof given === 'number' ? [given] : given).map((index) => (index < 0 ? index + shape.length : index));
}

function reduced({ shape }: Recorded, axes: readonly number[], keepDims: boolean): number[] {
  return shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
}

const reduction =
  (op: string): Kernel =>
  ({ x }: X, attributes: ReductionAttrs) => {
    const axes = axesOf(attributes, x);
    if (axes.length === 0) return like('Identity', x);
    const keepDims = attributes.keepDims ?? false;
    const shape = reduced(x, axes, keepDims);
    return emit(op, [x, integers(axes)], { shape, type: x.type }, { keepdims: { int: keepDims ? 1 : 0 } });
  };

/** ONNX has no `and` and `or` along an axis: the least and the greatest of 0 and 1. */
const logical =
  (op: string): Kernel =>
  ({ x }: X, attributes: ReductionAttrs) =>
    cast((reduction(op) as Reduction)({ x: cast(x, 'int32') }, attributes), 'bool');

const placeOf =
  (op: string): Kernel =>
  ({ x }: X, { axis }: { axis: number }) => {
    const shape = reduced(x, [axis], false);
    const place = emit(op, [x], { shape, type: 'int64' }, { axis: { int: axis }, keepdims: { int: 0 } });
    return cast(place, 'int32');
  };

type Reduction = (inputs: X, attributes: ReductionAttrs) => Recorded;

export const reductionKernels: Kernels = {
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: placeOf('ArgMax'),
  ArgMin: placeOf('ArgMin'),
  Cumsum: ({ x }: X, { axis, exclusive, reverse }: { axis: number; exclusive: boolean; reverse: boolean }) =>
    emit('CumSum', [x, constantNumbers(Int32Array.of(axis), [], 'int32')], x, {
      exclusive: { int: exclusive ? 1 : 0 },
      reverse: { int: reverse ? 1 : 0 },
    }),
  Max: reduction('ReduceMax'),
  Mean: ({ x }: X, attributes: ReductionAttrs) =>
    (reduction('ReduceMean') as Reduction)({ x: cast(x, 'float32') }, attributes),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Softmax: ({ logits }: { logits: Recorded }, { dim }: SoftmaxAttrs) => like('Softmax', logits, { axis: { int: dim } }),
  Sum: reduction('ReduceSum'),
};
