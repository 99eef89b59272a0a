/** Programs over one matrix whose steps suit tensors of any size: what is chosen depends on the number of axes alone. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

interface Step {
  readonly kind: number;
  readonly axis: number;
  /** Which of the values so far. */
  readonly of: number;
}
export type Program = readonly Step[];

export const programs: fc.Arbitrary<Program> = fc.array(
  fc.record({ kind: fc.nat(99), axis: fc.nat(5), of: fc.nat(9) }),
  { minLength: 1, maxLength: 12 },
);

type Work = (x: tf.Tensor, axis: number) => tf.Tensor;

/** Steps of which tfjs has a gradient. */
export const smooth: readonly Work[] = [
  (x) => tf.tanh(x),
  (x) => tf.erf(x),
  (x) => tf.mul(x, 0.5),
  (x) => tf.sub(1, x),
  (x, axis) => tf.sub(x, tf.mean(x, axis, true)),
  (x, axis) => tf.concat([x, tf.neg(x)], axis),
  (x) => tf.softmax(x),
  (x) => tf.logSoftmax(x),
  (x, axis) => tf.slice(tf.concat([x, x], axis), begin(x, axis, 1)),
  (x, axis) => tf.pad(x, onAxis(x, axis, [1, 2])),
  (x, axis) => (x.rank > 1 ? tf.max(x, axis) : x),
  (x, axis) => (x.rank < 4 ? tf.expandDims(x, axis) : x),
  (x, axis) => tf.transpose(x, toFront(x, axis)),
  (x, axis) => tf.gather(x, tf.range(0, x.shape[axis]!, 1, 'int32'), axis),
  (x, axis) => tf.sum(tf.add(x, tf.range(0, x.shape.at(-1)!)), axis, true),
  (x) => (x.rank > 1 ? tf.tanh(tf.matMul(x, tf.sum(x, -2, true), false, true)) : x),
  (x, axis) => tf.mean(tf.stack([x, tf.square(tf.tanh(x))], axis), axis),
  (x) => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-2))),
  (x) => tf.relu(x),
  (x) => tf.clipByValue(x, -0.7, 0.6),
  (x) => tf.maximum(x, tf.mul(x, x)),
  (x, axis) => tf.mul(x, tf.reshape(tf.range(1, x.shape[axis]! + 1), shapeOfAxis(x, axis))),
  (x) => tf.reshape(tf.add(tf.reshape(x, [-1]), 0), x.shape),
  (x, axis) => tf.reverse(x, axis),
  (x) => tf.cumsum(x, x.rank - 1),
  (x) => tf.div(x, tf.add(tf.sum(tf.abs(x)), 1)),
  (x) => tf.where(tf.greater(tf.range(0, x.shape.at(-1)!), 1), x, tf.sigmoid(x)),
  (x, axis) => tf.addN(tf.split(tf.concat([x, tf.exp(tf.tanh(x))], axis), 2, axis)),
  (x, axis) =>
    tf.unsortedSegmentSum(
      tf.transpose(x, toFront(x, axis)),
      tf.mod<tf.Tensor1D>(rangeOf(x, axis), tf.scalar(2, 'int32')),
      2,
    ),
];

/** Steps over truths and whole numbers, through which no gradient flows; each jumps where no simple sum of numbers lies. */
const rough: readonly Work[] = [
  (x) => tf.where(tf.greater(x, 0), x, tf.relu(tf.neg(x))),
  (x) => tf.cast(tf.mod(whole(x), tf.scalar(3, 'int32')), 'float32'),
  (x) => tf.cast(tf.floorDiv(whole(x), tf.scalar(2, 'int32')), 'float32'),
  (x, axis) => tf.cast(tf.sum(whole(x), axis, true), 'float32'),
  (x, axis) => tf.mul(x, tf.cast(tf.expandDims(tf.argMax(x, axis), axis), 'float32')),
  (x, axis) => tf.cast(tf.any(tf.less(x, 0.0913), axis, true), 'float32'),
  (x) => tf.cast(tf.logicalAnd(tf.less(x, 0.5137), tf.logicalNot(tf.equal(whole(x), 1))), 'float32'),
  (x) => tf.cast(tf.where(tf.less(x, 0.0371), tf.onesLike(whole(x)), whole(x)), 'float32'),
  (x) => tf.mul(tf.sign(tf.sub(x, 0.0371)), tf.floor(tf.add(tf.mul(x, 3), 0.1379))),
  (x) => tf.cast(tf.oneHot(tf.cast(tf.greater(tf.sum(x, -1), 0.0371), 'int32'), 2), 'float32'),
];

export const steps: readonly Work[] = [...smooth, ...rough];

/** The values of all steps, the last of which is the result. */
export function run(program: Program, x: tf.Tensor, works: readonly Work[] = steps): tf.Tensor {
  const values = [x];
  for (const { kind, axis, of } of program) {
    const value = values[of % values.length]!;
    // A tensor without an axis has nothing to choose from.
    if (value.rank > 0) values.push(works[kind % works.length]!(value, axis % value.rank));
  }
  return values.at(-1)!;
}

function whole(x: tf.Tensor): tf.Tensor {
  return tf.cast(tf.add(tf.mul(x, 5), 0.1379), 'int32');
}

function begin(x: tf.Tensor, axis: number, at: number): number[] {
  return x.shape.map((_, i) => (i === axis ? at : 0));
}

function onAxis(x: tf.Tensor, axis: number, sides: [number, number]): [number, number][] {
  return x.shape.map((_, i) => (i === axis ? sides : [0, 0]));
}

function shapeOfAxis(x: tf.Tensor, axis: number): number[] {
  return x.shape.map((size, i) => (i === axis ? size : 1));
}

function toFront(x: tf.Tensor, axis: number): number[] {
  return [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)];
}

function rangeOf(x: tf.Tensor, axis: number): tf.Tensor {
  return tf.range(0, x.shape[axis]!, 1, 'int32');
}
