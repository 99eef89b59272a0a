import assert from 'node:assert/strict';
import fc from 'fast-check';
import { powerSpectra } from '../../src/audio/fourier.ts';

/** |X|^2 of bin k straight from the definition. */
function definition(frame: Float64Array, k: number): number {
  let re = 0;
  let im = 0;
  for (const [i, sample] of frame.entries()) {
    re += sample * Math.cos((2 * Math.PI * i * k) / frame.length);
    im -= sample * Math.sin((2 * Math.PI * i * k) / frame.length);
  }
  return re * re + im * im;
}

describe('powerSpectra', () => {
  for (const size of [4, 5, 16, 20, 25, 64, 80, 100, 320, 400, 500]) {
    it(`gives both frames of ${size} samples the spectrum of the definition`, () => {
      const spectra = powerSpectra(size);
      const powers = [new Float64Array((size >> 1) + 1), new Float64Array((size >> 1) + 1)] as const;
      const sample = fc.double({ min: -1, max: 1, noNaN: true });
      const frame = fc.array(sample, { minLength: size, maxLength: size });
      fc.assert(
        fc.property(frame, frame, (first, second) => {
          spectra.first.set(first);
          spectra.second.set(second);
          spectra.run(...powers);
          for (const [i, buffer] of [spectra.first, spectra.second].entries()) {
            const energy = buffer.reduce((sum, x) => sum + x * x, 0);
            for (let k = 0; k <= size >> 1; k++) {
              assert.ok(Math.abs(powers[i]![k]! - definition(buffer, k)) <= 1e-11 * size * energy + 1e-20, `bin ${k}`);
            }
          }
        }),
        { numRuns: 5 },
      );
    });
  }

  it('refuses sizes that it cannot factor', () => {
    for (const size of [2, 3, 7, 8, 12, 512]) assert.throws(() => powerSpectra(size), RangeError);
  });
});
