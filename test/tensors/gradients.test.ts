import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../../src/tensors/backend.ts';
import { kernelsWithGradients, registerGradients } from '../../src/tensors/gradients.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { keepBackend } from '../support/devices.ts';

type Use = (...given: tf.Tensor[]) => tf.Tensor;

/** Functions whose gradients meet the kernel; inputs are drawn between 0.5 and 1.5. */
const uses: Readonly<Record<string, { readonly shapes: readonly number[][]; readonly fn: Use }>> = {
  Add: { shapes: [[2, 3], [3]], fn: (a, b) => tf.add(a, b) },
  Sub: { shapes: [[2, 1], [3]], fn: (a, b) => tf.sub(a, b) },
  Multiply: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    fn: (a, b) => tf.mul(a, b),
  },
  RealDiv: { shapes: [[2, 3], [3]], fn: (a, b) => tf.div(a, b) },
  SquaredDifference: { shapes: [[2, 3], [3]], fn: (a, b) => tf.squaredDifference(a, b) },
  Maximum: { shapes: [[2, 3], [3]], fn: (a, b) => tf.maximum(a, b) },
  Minimum: { shapes: [[2, 3], [3]], fn: (a, b) => tf.minimum(a, b) },
  Neg: { shapes: [[3]], fn: (x) => tf.neg(x) },
  Exp: { shapes: [[3]], fn: (x) => tf.exp(x) },
  Log: { shapes: [[3]], fn: (x) => tf.log(x) },
  Sqrt: { shapes: [[3]], fn: (x) => tf.sqrt(x) },
  Rsqrt: { shapes: [[3]], fn: (x) => tf.rsqrt(x) },
  Square: { shapes: [[3]], fn: (x) => tf.square(x) },
  Erf: { shapes: [[3]], fn: (x) => tf.erf(x) },
  Tanh: { shapes: [[3]], fn: (x) => tf.tanh(x) },
  Identity: { shapes: [[3]], fn: (x) => tf.clone(x) },
  Cast: { shapes: [[3]], fn: (x) => tf.cast(x, 'float32') },
  Softplus: { shapes: [[3]], fn: (x) => tf.softplus(x) },
  AddN: { shapes: [[3], [3], [3]], fn: (...all) => tf.addN(all) },
  BatchMatMul: {
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    fn: (a, b) => tf.matMul(a, b),
  },
  Sum: { shapes: [[2, 3, 2]], fn: (x) => tf.sum(x, [0, 2]) },
  Mean: { shapes: [[2, 3, 2]], fn: (x) => tf.mean(x, 1) },
  Max: { shapes: [[2, 4]], fn: (x) => tf.max(x, 1) },
  Softmax: { shapes: [[2, 4]], fn: (x) => tf.softmax(x) },
  LogSoftmax: { shapes: [[2, 4]], fn: (x) => tf.logSoftmax(x) },
  Reshape: { shapes: [[2, 3]], fn: (x) => tf.reshape(x, [3, 2]) },
  ExpandDims: { shapes: [[2, 3]], fn: (x) => tf.expandDims(x, 1) },
  Transpose: { shapes: [[2, 3, 4]], fn: (x) => tf.transpose(x, [2, 0, 1]) },
  Slice: { shapes: [[3, 4]], fn: (x) => tf.slice(x, [1, 2], [2, -1]) },
  Concat: {
    shapes: [
      [2, 2],
      [2, 3],
    ],
    fn: (a, b) => tf.concat([a, b], 1),
  },
  GatherV2: {
    shapes: [[4, 2]],
    fn: (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [3, 0],
            [3, 1],
          ],
          [2, 2],
          'int32',
        ),
      ),
  },
};
const transposed: readonly (readonly [boolean, boolean])[] = [
  [false, true],
  [true, false],
  [true, true],
];

/** Largest difference between the gradients and central differences, of a weighted sum of the result. */
function largestError(shapes: readonly number[][], fn: Use): number {
  const random = randomNumbers(5);
  const values = shapes.map((shape) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 + random()),
  );
  const tensors = (all: readonly Float32Array[]) => all.map((one, i) => tf.tensor(one, shapes[i]));
  const objective = (...given: tf.Tensor[]): tf.Scalar => {
    const made = fn(...given);
    const weights = tf.add(tf.mul(tf.reshape(tf.range(0, made.size), made.shape), 0.3), 1);
    return tf.sum(tf.mul(made, weights));
  };
  return tf.tidy(() => {
    const exact = tf
      .grads(objective)(tensors(values))
      .map((gradient) => gradient.dataSync());
    let largest = 0;
    values.forEach((own, which) => {
      own.forEach((_, i) => {
        const at = (change: number): number => {
          const moved = values.map((list) => list.slice());
          moved[which]![i]! += change;
          return objective(...tensors(moved)).dataSync()[0]!;
        };
        const h = 2e-3;
        largest = Math.max(largest, Math.abs((at(h) - at(-h)) / (2 * h) - exact[which]![i]!));
      });
    });
    return largest;
  });
}

describe('gradients', () => {
  keepBackend();
  before(async () => {
    await loadDevice('tfjs-cpu');
    // Other tests register tfjs's own.
    registerGradients();
  });

  it('are tested, all of them', () => assert.deepEqual(Object.keys(uses).sort(), [...kernelsWithGradients].sort()));

  for (const [kernel, { shapes, fn }] of Object.entries(uses)) {
    it(`of ${kernel} are those of finite differences`, () => assert.ok(largestError(shapes, fn) < 1e-2));
  }

  for (const [transposeA, transposeB] of transposed) {
    it(`of a product with ${[transposeA && 'a', transposeB && 'b'].filter(Boolean).join(' and ')} transposed too`, () => {
      const a = transposeA ? [2, 4, 3] : [2, 3, 4];
      const b = transposeB ? [2, 2, 4] : [2, 4, 2];
      assert.ok(largestError([a, b], (x, y) => tf.matMul(x, y, transposeA, transposeB)) < 1e-2);
    });
  }
});
