/** Programs over one matrix whose steps suit tensors of any size: what is chosen depends on the number of axes alone. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

export interface Step {
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

const steps: readonly ((x: tf.Tensor, axis: number) => tf.Tensor)[] = [
  (x) => tf.tanh(x),
  (x) => tf.erf(x),
  (x) => tf.mul(x, 0.5),
  (x) => tf.sub(1, x),
  (x, axis) => tf.sub(x, tf.mean(x, axis, true)),
  (x, axis) => tf.concat([x, tf.neg(x)], axis),
  (x) => tf.softmax(x),
  (x, axis) => tf.slice(tf.concat([x, x], axis), begin(x, axis, 1)),
  (x, axis) =>
    tf.pad(
      x,
      x.shape.map((_, i): [number, number] => (i === axis ? [1, 2] : [0, 0])),
    ),
  (x, axis) => (x.rank > 1 ? tf.max(x, axis) : x),
  (x, axis) => (x.rank < 4 ? tf.expandDims(x, axis) : x),
  (x, axis) => tf.transpose(x, [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)]),
  (x) => tf.where(tf.greater(x, 0), x, tf.relu(tf.neg(x))),
  (x, axis) => tf.gather(x, tf.range(0, x.shape[axis]!, 1, 'int32'), axis),
  (x, axis) => tf.sum(tf.add(x, tf.range(0, x.shape.at(-1)!)), axis, true),
  (x) => (x.rank > 1 ? tf.tanh(tf.matMul(x, tf.sum(x, -2, true), false, true)) : x),
  (x, axis) => tf.mean(tf.stack([x, tf.square(tf.tanh(x))], axis), axis),
  (x) => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-2))),
];

/** The values of all steps, the last of which is the result. */
export function run(program: Program, x: tf.Tensor): tf.Tensor {
  const values = [x];
  for (const { kind, axis, of } of program) {
    const value = values[of % values.length]!;
    values.push(steps[kind % steps.length]!(value, axis % value.rank));
  }
  return values.at(-1)!;
}

function begin(x: tf.Tensor, axis: number, at: number): number[] {
  return x.shape.map((_, i) => (i === axis ? at : 0));
}
