import assert from 'node:assert/strict';
import fc from 'fast-check';
import { largest, logSumExp, maximum } from '../../src/decoding/log-probabilities.ts';

const rows = fc.float32Array({ minLength: 1, maxLength: 50, noNaN: true, min: -300, max: 300 });

describe('a row of logits', () => {
  it('has the normaliser of its definition, however large the numbers are', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const top = Math.max(...row);
        const expected = top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
        assert.ok(Math.abs(logSumExp(row) - expected) < 1e-9);
        assert.equal(maximum(row), top);
      }),
    );
    assert.equal(logSumExp(Float32Array.of(-Infinity, -Infinity)), -Infinity);
    assert.equal(logSumExp(Float32Array.of(1, NaN, 2)), NaN);
    assert.ok(Math.abs(logSumExp(Float32Array.of(9, 1, 2, 9), 1, 3) - Math.log(Math.E + Math.E ** 2)) < 1e-6);
  });

  it('gives its largest in the order of a stable sort, and never a masked one', () => {
    const masked = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(-Infinity)), { maxLength: 40 });
    fc.assert(
      fc.property(masked, fc.integer({ min: 1, max: 45 }), (values, count) => {
        const sorted = [...values.keys()]
          .filter((i) => values[i] !== -Infinity)
          .sort((a, b) => values[b]! - values[a]! || a - b);
        assert.deepEqual(largest(Float32Array.from(values), count), sorted.slice(0, count));
      }),
    );
  });
});
