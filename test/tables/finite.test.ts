import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstNotFinite } from '../../src/tables/columns/finite.ts';

describe('firstNotFinite', () => {
  it('finds the first NaN or infinity of any numbers, and none where there is none', () => {
    const numbers = fc.oneof(fc.float32Array({ maxLength: 20 }), fc.float64Array({ maxLength: 20 }));
    fc.assert(
      fc.property(numbers, (values) => {
        const plain = [...values].findIndex((value) => Number.isNaN(value) || Math.abs(value) === Infinity);
        assert.equal(firstNotFinite(values), plain);
      }),
      { numRuns: 500 },
    );
  });

  it('takes the largest and the smallest numbers for what they are', () => {
    assert.equal(firstNotFinite(Float64Array.of(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -0)), -1);
  });
});
