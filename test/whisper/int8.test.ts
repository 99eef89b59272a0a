import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dequantise, quantise } from '../../src/whisper/int8.ts';

const row = fc.float32Array({ noNaN: true, min: -10, max: 10, minLength: 1, maxLength: 40 });
const squaredError = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

describe('8-bit weights', () => {
  it('are no worse than with the scale of the largest weight, row by row', () =>
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
        const columns = Math.min(...rows.map(({ length }) => length));
        const matrix = Float32Array.from(rows.flatMap((values) => [...values.subarray(0, columns)]));
        const { values, scales } = quantise(matrix, rows.length);
        rows.forEach((_, r) => {
          // In 64 bits: the rounding of 32-bit products is not what is compared.
          const weights = Array.from(matrix.subarray(r * columns, (r + 1) * columns));
          const ours = Array.from(values.subarray(r * columns, (r + 1) * columns), (value) => value * scales[r]!);
          const scale = Math.fround(Math.max(...weights.map(Math.abs)) / 127);
          const plain = weights.map((value) => (scale === 0 ? 0 : scale * Math.round(value / scale)));
          assert.ok(squaredError(weights, ours) <= squaredError(weights, plain) * (1 + 1e-9));
        });
      }),
    ));

  it('clip one outlier among many weights where that costs less', () => {
    const weights = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i) * 0.1);
    weights[7] = 0.15;
    const { values, scales } = quantise(weights, 1);
    assert.ok(scales[0]! < 0.15 / 127);
    assert.equal(values[7], 127);
  });

  it('give back exactly what 8 bits can hold', () => {
    const { values, scales } = quantise(Float32Array.of(-127, 0, 64, 127, 0, 0, 0, 0), 2);
    assert.deepEqual([...dequantise(values, scales)], [-127, 0, 64, 127, 0, 0, 0, 0]);
  });
});
