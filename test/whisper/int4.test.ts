import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWholeBlocks, quantiseTo4Bits } from '../../src/whisper/int4.ts';

/** Scales of numbers near the least that a float holds are themselves rounded to few bits; weights are far from there. */
const weight = fc.double({ noNaN: true, min: -10, max: 10 }).map((value) => (Math.abs(value) < 1e-30 ? 0 : value));
const block = fc.array(weight, { minLength: 32, maxLength: 32 });

/** The floats that the numbers stand for, block after block. */
function floatsOf(matrix: Float32Array): number[] {
  const { values, scales } = quantiseTo4Bits(matrix);
  return Array.from(matrix, (_, i) => {
    const [at, of] = [i % 32, Math.floor(i / 32)];
    return values[at * scales.length + of]! * scales[of]!;
  });
}

describe('4-bit weights', () => {
  it('are no worse than with the scale that makes -8 of the largest weight, block by block', () =>
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), (blocks) => {
        const matrix = Float32Array.from(blocks.flat());
        const ours = floatsOf(matrix);
        blocks.forEach((_, b) => {
          const weights = Array.from(matrix.subarray(32 * b, 32 * (b + 1)));
          const largest = weights.reduce((a, c) => (Math.abs(c) > Math.abs(a) ? c : a), 0);
          const scale = Math.fround(largest / -8);
          const plain = (weight: number) => scale * Math.max(-8, Math.min(7, Math.round(weight / scale)));
          const errorOf = (value: (weight: number, i: number) => number) =>
            weights.reduce((sum, weight, i) => sum + (weight - value(weight, i)) ** 2, 0);
          const error = errorOf((_, i) => ours[32 * b + i]!);
          assert.ok(error <= (largest === 0 ? 0 : errorOf(plain) * (1 + 1e-9)), `block ${b}: ${error}`);
        });
      }),
    ));

  it('give back exactly what 4 bits can hold, each block with its own scale', () => {
    const matrix = Float32Array.from({ length: 96 }, (_, i) => ((i % 16) - 8) * 2 ** -Math.floor(i / 32));
    assert.deepEqual(floatsOf(matrix), [...matrix]);
  });

  it('keep a block of zeros', () => assert.ok(floatsOf(new Float32Array(64)).every((value) => value === 0)));

  it('want rows of whole blocks', () => {
    assert.ok(isWholeBlocks(512));
    assert.ok(!isWholeBlocks(80));
  });
});
