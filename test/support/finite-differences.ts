/** Gradients compared with central differences, on the backend in use. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';

/** @param given One vector for each argument of the loss. */
export function assertGradients(
  given: readonly (readonly number[])[],
  loss: (...tensors: tf.Tensor[]) => tf.Scalar,
  { step = 1e-2, within = 2e-3 }: { readonly step?: number; readonly within?: number } = {},
): void {
  const tensors = (lists: readonly (readonly number[])[]) => lists.map((list) => tf.tensor1d([...list]));
  tf.tidy(() => {
    const exact = tf
      .grads(loss)(tensors(given))
      .map((gradient) => gradient.dataSync());
    given.forEach((list, which) => {
      list.forEach((_, i) => {
        const at = (change: number): number => {
          const moved = given.map((other, k) =>
            k === which ? other.map((x, j) => (j === i ? x + change : x)) : other,
          );
          return loss(...tensors(moved)).dataSync()[0]!;
        };
        const expected = (at(step) - at(-step)) / (2 * step);
        const found = exact[which]![i]!;
        const message = `argument ${which}, number ${i}: ${found} instead of ${expected}`;
        assert.ok(Math.abs(found - expected) < within * Math.max(1, Math.abs(expected)), message);
      });
    });
  });
}
