import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createResampler, resample } from '../../src/audio/resampler.ts';
import { sinad, sine } from './tones.ts';

const RATES = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 96_000, 192_000];
const noise = (length: number, seed = 1) => {
  let state = seed;
  return Float32Array.from({ length }, () => (state = (state * 16_807) % 2_147_483_647) / 1_073_741_823.5 - 1);
};
const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);

describe('resampler', () => {
  for (const quality of ['standard', 'best', 'swresample'] as const) {
    for (const from of RATES) {
      it(`brings a 1 kHz tone from ${from} Hz to 16 kHz with more than 90 dB, in its place (${quality})`, () => {
        const result = resample(sine(1000, from, from / 2), from, 16_000, quality);
        const decibels = sinad(result, sine(1000, 16_000, 8000), 800);
        assert.ok(decibels > 90, `${decibels.toFixed(1)} dB`);
      });
    }
  }

  it('keeps a sweep from 50 to 7000 Hz with more than 90 dB', () => {
    for (const from of [44_100, 48_000, 44_101]) {
      const sweep = (rate: number) =>
        Float32Array.from(
          { length: rate },
          (_, i) => 0.5 * Math.sin(2 * Math.PI * (50 * (i / rate) + 3475 * (i / rate) ** 2)),
        );
      // The last hundredths are left out: there the sweep breaks off, which no band-limited signal does.
      const decibels = sinad(resample(sweep(from), from, 16_000), sweep(16_000), 800);
      assert.ok(decibels > 90, `${from}: ${decibels.toFixed(1)} dB`);
    }
  });

  it('lets no tone above the new band through', () => {
    for (const [from, frequency] of [
      [44_100, 8500],
      [44_100, 15_000],
      [48_000, 8500],
      [48_000, 20_000],
      [44_101, 9000],
    ] as const) {
      const result = resample(sine(frequency, from, from), from, 16_000).subarray(800, -800);
      const loudest = result.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(
        20 * Math.log10(loudest / 0.5) < -90,
        `${frequency} Hz of ${from}: ${20 * Math.log10(loudest / 0.5)} dB`,
      );
    }
  });

  it('keeps an impulse where it was', () => {
    for (const from of [8000, 44_100, 44_101]) {
      const impulse = new Float32Array(from);
      impulse[(from / 2) | 0] = 1;
      const result = resample(impulse, from, 16_000);
      const peak = result.indexOf(Math.max(...result));
      assert.ok(Math.abs(peak / 16_000 - Math.floor(from / 2) / from) <= 0.5 / 16_000);
    }
  });

  it('keeps a constant constant, away from the ends', () => {
    for (const from of RATES) {
      const result = resample(new Float32Array((from / 5) | 0).fill(0.7), from, 16_000);
      for (const value of result.subarray(700, -700)) assert.ok(Math.abs(value - 0.7) < 1e-6, `${from}: ${value}`);
    }
  });

  it('gives round(n * to / from) samples for any n, and the same ones however the input is cut', () => {
    const rates = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...RATES) },
      { weight: 1, arbitrary: fc.integer({ min: 1000, max: 50_000 }) },
    );
    fc.assert(
      fc.property(rates, rates, fc.nat(3000), fc.array(fc.nat(700), { maxLength: 12 }), (from, to, length, cuts) => {
        const input = noise(length);
        const whole = resample(input, from, to);
        assert.equal(whole.length, Math.round((length * to) / from));
        const { push, flush } = createResampler(from, to);
        const parts: Float32Array[] = [];
        let at = 0;
        for (const size of cuts) {
          parts.push(push(input.slice(at, at + size)));
          at = Math.min(length, at + size);
        }
        parts.push(push(input.subarray(at)), flush());
        assert.deepEqual(Float32Array.from(parts.flatMap((part) => [...part])), whole);
        assert.equal(flush().length, 0);
      }),
      { numRuns: 60 },
    );
  });

  it('is linear', () => {
    for (const from of [8000, 44_100, 44_101]) {
      const [a, b] = [noise(3000, 5), noise(3000, 6)];
      const sum = resample(
        a.map((value, i) => 0.5 * value - 0.25 * (b[i] ?? 0)),
        from,
        16_000,
      );
      const [x, y] = [resample(a, from, 16_000), resample(b, from, 16_000)];
      assert.ok(
        largestDifference(
          sum,
          x.map((value, i) => 0.5 * value - 0.25 * (y[i] ?? 0)),
        ) < 1e-6,
      );
    }
  });

  it('comes back to the signal that it left, within the band', () => {
    const signal = sine(3000, 16_000, 16_000);
    const back = resample(resample(signal, 16_000, 44_100), 44_100, 16_000);
    assert.ok(sinad(back, signal, 800) > 90);
  });

  it('gives silence for nothing, and nothing for no input', () => {
    assert.deepEqual(resample(new Float32Array(100), 44_100, 16_000), new Float32Array(36));
    assert.equal(resample(new Float32Array(0), 44_100, 16_000).length, 0);
  });
});
