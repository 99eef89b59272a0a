import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decodeAudio, DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';

import { logMelWindow, melPowers, melSpectrogram, padOrTrim, WINDOW_SAMPLES } from '../../src/audio/mel-spectrogram.ts';
import { resample } from '../../src/audio/resampler.ts';
import { RecordError } from '../../src/errors.ts';
import { readNpy } from '../support/npy.ts';
import { shared } from '../support/shared.ts';

const CLIP = 'fixtures/audio/cs_yesterday_zh_en.wav';

async function samplesOf(path: string): Promise<Float32Array> {
  const { channels } = await decodeAudio(readFileSync(path), path, DEFAULT_DECODE_OPTIONS);
  return channels[0]!;
}

/** Noise that is the same in every run (a linear congruential generator). */
function noise(length: number, loudness: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * loudness;
  });
}

/**
 * How far values are from the reference's. The reference computes its transform in single precision, which moves a few
 * cells in a hundred thousand, those far under the loudest, by up to 2e-5; the test against the definition shows that
 * ours have not moved.
 */
function assertAgrees(ours: Float32Array, reference: Float32Array): void {
  assert.equal(ours.length, reference.length);
  const errors = ours.map((value, i) => Math.abs(value - reference[i]!)).sort();
  assert.ok(errors.at(-1)! < 2e-5, `at most ${errors.at(-1)}`);
  assert.ok(errors[Math.ceil(errors.length * 0.9999) - 1]! <= 1e-5, 'beyond 1e-5 in more than one cell of 10,000');
}

describe('melSpectrogram', () => {
  it("agrees with openai-whisper's on every 25th frame of a code-switched clip", async () => {
    const golden = readNpy('fixtures/golden/cs_yesterday_zh_en.every-25th-frame.logmel.npy');
    const { values, frames, bands } = melSpectrogram(await samplesOf(CLIP), 80);
    assert.equal(frames, 810);
    const ours = Float32Array.from({ length: 80 * 33 }, (_, i) => values[Math.floor(i / 33) * frames + (i % 33) * 25]!);
    assert.equal(bands, 80);
    assertAgrees(ours, golden.values);
  });

  it("agrees with openai-whisper's 30 s window of the clip (needs ../shared)", async function () {
    const golden = readNpy(shared(this, 'golden/cs_yesterday_zh_en.logmel.npy')).values;
    const samples = await samplesOf(CLIP);
    assertAgrees(logMelWindow(melSpectrogram(samples, 80), 0), golden);
    assertAgrees(melSpectrogram(padOrTrim(samples), 80).values, golden);
  });

  it('has the mean, spread and ends of openai-whisper on every 16 kHz clip (needs ../shared)', async function () {
    const lines = readFileSync(shared(this, 'golden/decode.jsonl'), 'utf8').trim().split('\n');
    const manifest = readFileSync(shared(this, 'audio/manifest.jsonl'), 'utf8').trim().split('\n');
    const at16k = new Set<string>();
    for (const line of manifest) {
      const { file, sample_rate, channels, codec } = JSON.parse(line) as Record<string, unknown>;
      if (sample_rate === 16_000 && channels === 1 && codec === 'pcm_s16le') at16k.add(String(file));
    }
    let compared = 0;
    for (const line of lines) {
      const { file, mel, samples_16k } = JSON.parse(line) as {
        file: string;
        samples_16k: number;
        mel: Record<'mean' | 'std' | 'min' | 'max', number>;
      };
      if (!at16k.has(file)) continue;
      const samples = await samplesOf(`../shared/${file}`);
      assert.equal(samples.length, samples_16k, file);
      const values = logMelWindow(melSpectrogram(samples.subarray(0, WINDOW_SAMPLES), 80), 0);
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
      const ours = {
        mean,
        std,
        max: values.reduce((a, b) => Math.max(a, b)),
        min: values.reduce((a, b) => Math.min(a, b)),
      };
      for (const [name, value] of Object.entries(ours)) {
        assert.ok(
          Math.abs(value - mel[name as keyof typeof mel]) < 5e-6,
          `${file}: ${name} ${value}, ${mel[name as 'min']}`,
        );
      }
      compared++;
    }
    assert.ok(compared > 20, `${compared} clips`);
  });

  it("is near openai-whisper's where a resampler came before it (needs ../shared)", async function () {
    const golden = readNpy(shared(this, 'golden/jfk.logmel.npy')).values;
    const path = shared(this, 'audio/en_jfk.flac');
    const { channels, sampleRate } = await decodeAudio(readFileSync(path), path, DEFAULT_DECODE_OPTIONS);
    const mono = channels[0]!.map((sample, i) => (sample + channels[1]![i]!) / 2);
    const ours = logMelWindow(melSpectrogram(resample(mono, sampleRate, 16_000, 'swresample'), 80), 0);
    const errors = ours.map((value, i) => Math.abs(value - golden[i]!));
    assert.ok(errors.reduce((sum, error) => sum + error, 0) / errors.length < 1e-4);
    // FFmpeg rounds what it resampled to 16 bits, which shows where there is next to nothing.
    assert.ok(errors.every((error) => error < 2e-2));
  });

  for (const bands of [80, 128]) {
    it(`gives ${bands} bands the powers of the definition, computed without a fast transform`, () => {
      const samples = noise(4000, 0.5);
      const measure = melPowers(bands);
      const powers = new Float64Array(2 * bands);
      measure(samples, 7, powers);
      const spectrum = Array.from({ length: 201 }, (_, k) => {
        let re = 0;
        let im = 0;
        for (let i = 0; i < 400; i++) {
          const x = samples[7 * 160 - 200 + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 400));
          re += x * Math.cos((2 * Math.PI * i * k) / 400);
          im -= x * Math.sin((2 * Math.PI * i * k) / 400);
        }
        return re * re + im * im;
      });
      const golden = JSON.parse(readFileSync('fixtures/golden/mel-filters.json', 'utf8')) as {
        filters: { bands: number; cells: [number, number, number][] }[];
      };
      const expected = new Float64Array(bands);
      for (const [band, bin, weight] of golden.filters.find((set) => set.bands === bands)!.cells) {
        expected[band]! += weight * spectrum[bin]!;
      }
      for (let band = 0; band < bands; band++) {
        assert.ok(Math.abs(powers[band]! / expected[band]! - 1) < 1e-8, `band ${band}`);
      }
    });
  }

  it('gives a frame for each whole hop, whatever is left over', () => {
    for (const [length, frames] of [
      [0, 0],
      [1, 0],
      [159, 0],
      [160, 1],
      [319, 1],
      [320, 2],
      [16_000, 100],
    ] as const) {
      const mel = melSpectrogram(noise(length, 0.1), 80);
      assert.equal(mel.frames, frames);
      assert.equal(mel.values.length, 80 * frames);
      assert.ok(mel.values.every(Number.isFinite) && mel.tail.every(Number.isFinite));
    }
  });

  it('makes of silence the lowest value there is', () => {
    const { values, tail } = melSpectrogram(new Float32Array(1600), 80);
    assert.deepEqual(new Set([...values, ...tail]), new Set([-1.5]));
  });

  it('spans at most 8 decades, whatever the loudness', () => {
    for (const loudness of [1e-6, 1e-3, 1, 1000]) {
      const samples = new Float32Array(32_000);
      samples.set(noise(8000, loudness), 4000);
      const { values, tail } = melSpectrogram(samples, 80);
      const all = [...values, ...tail];
      assert.ok(Math.max(...all) - Math.min(...all) <= 2 + 1e-6);
    }
  });

  it('refuses samples that are not numbers', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const samples = noise(1600, 0.1);
      samples[777] = bad;
      assert.throws(
        () => melSpectrogram(samples, 80),
        (error) => error instanceof RecordError && error.code === 'not-finite',
      );
    }
  });
});

describe('logMelWindow', () => {
  const samples = noise(16_000 * 40 + 77, 0.2);
  const mel = melSpectrogram(samples, 80);

  it('cuts frames out of the middle as they are', () => {
    const window = logMelWindow(mel, 500);
    for (const band of [0, 40, 79]) {
      const expected = mel.values.subarray(band * mel.frames + 500, band * mel.frames + 3500);
      assert.deepEqual(window.subarray(band * 3000, (band + 1) * 3000), expected);
    }
  });

  it('goes on behind the end as if silence had been recorded', () => {
    const longer = new Float32Array(samples.length + 480_000);
    longer.set(samples);
    const recorded = melSpectrogram(longer, 80);
    assert.deepEqual(logMelWindow(mel, 2600), logMelWindow(recorded, 2600));
    assert.deepEqual(logMelWindow(mel, 4001, 100), logMelWindow(recorded, 4001, 100));
    assert.deepEqual(logMelWindow(mel, 9000, 10), logMelWindow(recorded, 4100, 10));
  });

  it('fills up with the number 0 where that is asked for', () => {
    const window = logMelWindow(mel, 3900, 3000, 'zero');
    for (let band = 0; band < 80; band++) {
      assert.deepEqual(
        window.subarray(band * 3000, band * 3000 + 100),
        mel.values.subarray(band * 4000 + 3900, (band + 1) * 4000),
      );
      assert.ok(window.subarray(band * 3000 + 100, (band + 1) * 3000).every((value) => value === 0));
    }
  });
});

describe('padOrTrim', () => {
  it('cuts what is too long and follows what is too short with zeros', () => {
    const samples = Float32Array.of(1, 2, 3);
    assert.deepEqual(padOrTrim(samples, 2), Float32Array.of(1, 2));
    assert.deepEqual(padOrTrim(samples, 5), Float32Array.of(1, 2, 3, 0, 0));
    assert.equal(padOrTrim(samples).length, 480_000);
  });
});
