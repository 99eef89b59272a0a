import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../../src/tensors/backend.ts';
import { batchedAttention, batchedProduct } from '../../src/tensors/batched-product.ts';
import { keepBackend } from '../support/devices.ts';

describe('a product of batches', () => {
  keepBackend();
  for (const rows of [3, 50]) {
    it(`of ${rows} rows is that of each pair of matrices, on every device`, async () => {
      const [k, n] = [4, 5];
      const a = Float32Array.from({ length: 6 * rows * k }, (_, i) => Math.sin(i));
      const b = Float32Array.from({ length: 6 * k * n }, (_, i) => Math.cos(i));
      for (const device of ['tfjs-cpu', 'tfjs-wasm'] as const) {
        await loadDevice(device);
        tf.tidy(() => {
          const left = tf.tensor(a, [2, 3, rows, k]);
          const right = tf.tensor(b, [2, 3, k, n]);
          const plain = batchedProduct(left, right);
          const transposed = batchedProduct(left, tf.transpose(right, [0, 1, 3, 2]), true);
          assert.deepEqual(plain.shape, [2, 3, rows, n]);
          for (const product of [plain, transposed]) {
            product.dataSync().forEach((value, index) => {
              const column = index % n;
              const row = Math.floor(index / n);
              const matrix = Math.floor(row / rows);
              let expected = 0;
              for (let i = 0; i < k; i++) expected += a[row * k + i]! * b[(matrix * k + i) * n + column]!;
              assert.ok(Math.abs(value - expected) < 1e-5);
            });
          }
        });
      }
    });
  }
});

describe('attention in batches', () => {
  keepBackend();
  for (const rows of [3, 50]) {
    it(`of ${rows} queries is the values under the softmax of the scores, on every device`, async () => {
      const [keys, k, v] = [6, 4, 5];
      const numbers = (length: number, step: number) => Float32Array.from({ length }, (_, i) => 2 * Math.sin(step * i));
      const q = numbers(2 * rows * k, 1);
      const asked = numbers(2 * keys * k, 2);
      const values = numbers(2 * keys * v, 3);
      for (const device of ['tfjs-cpu', 'tfjs-wasm'] as const) {
        await loadDevice(device);
        const read = tf.tidy(() =>
          batchedAttention(
            tf.tensor(q, [1, 2, rows, k]),
            tf.tensor(asked, [1, 2, keys, k]),
            tf.tensor(values, [1, 2, keys, v]),
          ).dataSync(),
        );
        assert.equal(read.length, 2 * rows * v);
        for (let row = 0; row < 2 * rows; row++) {
          const head = Math.floor(row / rows);
          const powers = Array.from({ length: keys }, (_, key) => {
            let score = 0;
            for (let i = 0; i < k; i++) score += q[row * k + i]! * asked[(head * keys + key) * k + i]!;
            return Math.exp(score);
          });
          const total = powers.reduce((sum, power) => sum + power, 0);
          for (let i = 0; i < v; i++) {
            const expected = powers.reduce(
              (sum, power, key) => sum + (power / total) * values[(head * keys + key) * v + i]!,
              0,
            );
            assert.ok(Math.abs(read[row * v + i]! - expected) < 1e-5);
          }
        }
      }
    });
  }
});
