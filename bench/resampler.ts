/**
 * Quality and speed of the resampler: `tsx bench/resampler.ts`. SINAD of a 1 kHz tone and of a sweep (50 Hz to 7 kHz, or
 * to 3.5 kHz from 8 kHz), level of tones that lie above 8 kHz, gain at 7 and 7.5 kHz, and speed over real time, one core.
 */
import { resample, type ResamplerQuality } from '../src/audio/resampler.ts';
import { sinad, sine } from '../test/audio/tones.ts';

const TO = 16_000;
const SPEED_SECONDS = 60;
const MARGIN = 800;

const decibels = (ratio: number) => 20 * Math.log10(ratio);
const fixed = (value: number) => (Number.isFinite(value) ? value.toFixed(1) : '-').padStart(7);
const loudness = (samples: Float32Array) =>
  Math.sqrt(
    (2 * samples.subarray(MARGIN, -MARGIN).reduce((sum, value) => sum + value * value, 0)) /
      (samples.length - 2 * MARGIN),
  ) / 0.5;

function sweep(rate: number, top: number): Float32Array {
  return Float32Array.from({ length: 2 * rate }, (_, i) => {
    const time = i / rate;
    return 0.5 * Math.sin(2 * Math.PI * (50 * time + ((top - 50) / 4) * time * time));
  });
}

function speed(from: number, quality: ResamplerQuality): number {
  const input = sine(1000, from, SPEED_SECONDS * from);
  resample(input.subarray(0, from), from, TO, quality);
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    resample(input, from, TO, quality);
    return (performance.now() - start) / 1000;
  });
  return SPEED_SECONDS / Math.min(...times);
}

const heads = ['1 kHz', 'sweep', '8.5 k', '9 k', '10 k', '15 k', 'at 7 k', '7.5 k', 'x real'];
process.stdout.write(`${'from, quality'.padEnd(18)}${heads.map((head) => head.padStart(8)).join('')}\n`);
for (const quality of ['standard', 'best', 'swresample'] as const) {
  for (const from of [8000, 11_025, 22_050, 44_100, 44_101, 48_000, 96_000, 192_000]) {
    const through = (frequency: number) =>
      2 * frequency < from ? decibels(loudness(resample(sine(frequency, from, 2 * from), from, TO, quality))) : NaN;
    const top = Math.min(7000, 0.4375 * from);
    const figures = [
      sinad(resample(sine(1000, from, 2 * from), from, TO, quality), sine(1000, TO, 2 * TO), MARGIN),
      sinad(resample(sweep(from, top), from, TO, quality), sweep(TO, top), MARGIN),
      ...[8500, 9000, 10_000, 15_000, 7000, 7500].map(through),
    ];
    const row = [...figures.map(fixed), speed(from, quality).toFixed(0).padStart(7)].join(' ');
    process.stdout.write(`${`${from} ${quality}`.padEnd(18)} ${row}\n`);
  }
}
