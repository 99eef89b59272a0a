import assert from 'node:assert/strict';
import fc from 'fast-check';
import { convolve } from '../../src/audio/convolve.ts';
import {
  activePower,
  addNoise,
  changeSpeed,
  putIntoRoom,
  syntheticNoise,
  syntheticRoom,
} from '../../src/audio/degrade.ts';
import { powerSpectra } from '../../src/audio/fourier.ts';
import { maskLogMel } from '../../src/audio/mask-log-mel.ts';
import { randomNumbers } from '../../src/random-numbers.ts';

const RATE = 16_000;
const tone = (hertz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * RATE) }, (_, n) => 0.3 * Math.sin((2 * Math.PI * hertz * n) / RATE));
const power = (samples: Float32Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
const decibels = (ratio: number): number => 10 * Math.log10(ratio);

/** Hz, by counting how often the samples rise through 0. */
function frequency(samples: Float32Array): number {
  let rises = 0;
  for (let n = 1; n < samples.length; n++) if (samples[n - 1]! < 0 && samples[n]! >= 0) rises += 1;
  return (rises * RATE) / samples.length;
}

describe('convolve', () => {
  it('is the sum of products that its definition says', () => {
    const signal = fc.float32Array({ maxLength: 70, min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(signal, signal, (a, b) => {
        const made = convolve(a, b);
        const length = a.length > 0 && b.length > 0 ? a.length + b.length - 1 : 0;
        assert.equal(made.length, length);
        for (let n = 0; n < length; n++) {
          let sum = 0;
          for (let k = 0; k < a.length; k++) sum += a[k]! * (b[n - k] ?? 0);
          assert.ok(Math.abs(made[n]! - sum) < 1e-5);
        }
      }),
    );
  });
});

describe('changeSpeed', () => {
  for (const speed of [0.9, 1.1]) {
    it(`${speed}: as long over ${speed}, every frequency times ${speed}`, () => {
      const made = changeSpeed(tone(440, 2), RATE, speed);
      assert.ok(Math.abs(made.length - (2 * RATE) / speed) <= 1);
      assert.ok(Math.abs(frequency(made) - 440 * speed) < 1);
    });
  }
});

describe('addNoise', () => {
  it('reaches the ratio that is asked for, measured where there is speech', () => {
    // A second of tone in three of silence: the pauses must not count.
    const speech = new Float32Array(4 * RATE);
    speech.set(tone(300, 1), RATE);
    for (const asked of [0, 7, 20]) {
      const noise = syntheticNoise(3 * RATE, 'white', randomNumbers(3));
      const noisy = addNoise(speech, RATE, noise, asked, randomNumbers(4));
      const added = noisy.map((sample, n) => sample - speech[n]!);
      assert.ok(Math.abs(decibels(0.045 / power(added)) - asked) < 0.2, String(asked));
    }
  });

  it('leaves silence and silent noise alone', () => {
    const silence = new Float32Array(1000);
    assert.deepEqual(addNoise(silence, RATE, tone(100, 1), 5, randomNumbers(1)), silence);
    assert.deepEqual(addNoise(tone(100, 1), RATE, silence, 5, randomNumbers(1)), tone(100, 1));
  });

  it('takes what is active for speech', () => {
    const half = new Float32Array(2 * RATE);
    half.set(tone(500, 1));
    assert.ok(Math.abs(activePower(half, RATE) - power(tone(500, 1))) < 1e-3);
  });
});

describe('syntheticNoise', () => {
  /** Mean power of the bins between two frequencies. */
  function density(samples: Float32Array, from: number, to: number): number {
    const size = 1600;
    const spectra = powerSpectra(size);
    const [first, second] = [new Float64Array(size / 2 + 1), new Float64Array(size / 2 + 1)];
    let sum = 0;
    for (let start = 0; start + 2 * size <= samples.length; start += 2 * size) {
      spectra.first.set(samples.subarray(start, start + size));
      spectra.second.set(samples.subarray(start + size, start + 2 * size));
      spectra.run(first, second);
      for (let bin = Math.round((from * size) / RATE); bin < (to * size) / RATE; bin++)
        sum += first[bin]! + second[bin]!;
    }
    return sum / (to - from);
  }

  for (const [colour, fall] of [
    ['white', 0],
    ['pink', 3.01],
  ] as const) {
    it(`falls by ${fall} dB an octave where it is ${colour}`, () => {
      const noise = syntheticNoise(40 * RATE, colour, randomNumbers(5));
      for (const from of [400, 800, 2400]) {
        const measured = decibels(density(noise, from, 1.6 * from) / density(noise, 2 * from, 3.2 * from));
        assert.ok(Math.abs(measured - fall) < 0.5, `${from} Hz: ${measured}`);
      }
    });
  }
});

describe('a room', () => {
  it('fades by 60 dB in its decay time, with the direct sound as strong as asked', () => {
    const response = syntheticRoom(RATE, 0.4, 6, randomNumbers(6));
    const tail = response.slice(1);
    assert.ok(Math.abs(decibels(1 / tail.reduce((sum, value) => sum + value * value, 0)) - 6) < 1e-3);
    const part = (from: number, to: number) => power(response.subarray(from * RATE, to * RATE));
    // From 0.05 to 0.35 s are three quarters of the decay time: 45 dB.
    assert.ok(Math.abs(decibels(part(0.02, 0.08) / part(0.32, 0.38)) - 45) < 2);
  });

  it('keeps length, power and the place of the direct sound', () => {
    const click = new Float32Array(RATE);
    click[5000] = 0.5;
    const response = new Float32Array(900);
    response[120] = 1;
    response[600] = 0.3;
    const heard = putIntoRoom(click, response);
    assert.equal(heard.length, RATE);
    assert.ok(Math.abs(power(heard) / power(click) - 1) < 1e-4);
    const loudest = heard.reduce((at, value, n) => (Math.abs(value) > Math.abs(heard[at]!) ? n : at), 0);
    assert.equal(loudest, 5000);
    assert.ok(Math.abs(heard[5480]! / heard[5000]! - 0.3) < 1e-4);
  });

  it('that is silent gives silence, not NaN', () => {
    assert.deepEqual(putIntoRoom(tone(200, 0.1), new Float32Array(10)), new Float32Array(1600));
  });
});

describe('maskLogMel', () => {
  it('covers whole bands and whole frames with the mean, no more than it may, and leaves the rest', () => {
    const [bands, frames] = [20, 60];
    const size = fc.nat(4);
    const options = fc.record({
      bandMasks: size,
      bands: fc.nat(10),
      timeMasks: size,
      seconds: fc.double({ min: 0, max: 0.3, noNaN: true }),
      timeShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
    });
    const values = Float32Array.from({ length: bands * frames }, (_, index) => index);
    const mean = (bands * frames - 1) / 2;
    fc.assert(
      fc.property(options, fc.integer(), (given, seed) => {
        const logMel = { values, tail: new Float32Array(4 * bands), bands, frames };
        const masked = maskLogMel(logMel, given, randomNumbers(seed)).values;
        const isMasked = (band: number, frame: number) => masked[band * frames + frame] !== band * frames + frame;
        const wholeBands = [...Array(bands).keys()].filter((band) =>
          [...Array(frames).keys()].every((frame) => isMasked(band, frame)),
        );
        const wholeFrames = [...Array(frames).keys()].filter((frame) =>
          [...Array(bands).keys()].every((band) => isMasked(band, frame)),
        );
        if (wholeBands.length < bands) {
          const widest = Math.floor(Math.min(100 * given.seconds, given.timeShare * frames));
          assert.ok(wholeFrames.length <= given.timeMasks * widest);
        }
        assert.ok(wholeBands.length <= given.bandMasks * given.bands || wholeFrames.length === frames);
        for (let band = 0; band < bands; band++) {
          for (let frame = 0; frame < frames; frame++) {
            if (!isMasked(band, frame)) continue;
            assert.ok(Math.abs(masked[band * frames + frame]! - mean) < 0.1);
            assert.ok(wholeBands.includes(band) || wholeFrames.includes(frame));
          }
        }
      }),
    );
  });
});
