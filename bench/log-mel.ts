/**
 * Speed of the log-mel on one core: 30 s of noise, all of it sounding, so that no frame is spared. Processor time stands
 * beside the time on the clock, which other programs of the machine lengthen.
 * Run with `tsx bench/log-mel.ts`.
 */
import { melSpectrogram, SAMPLE_RATE, WINDOW_SAMPLES } from '../src/audio/mel-spectrogram.ts';

const RUNS = 41;
const WARM_UP = 5;
const AUDIO_MS = (WINDOW_SAMPLES / SAMPLE_RATE) * 1000;

const samples = Float32Array.from({ length: WINDOW_SAMPLES }, () => Math.random() - 0.5);
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

console.log('bands  on the clock, ms: median  fastest  processor, ms: median  times real time: clock  processor');
for (const bands of [80, 128]) {
  for (let run = 0; run < WARM_UP; run++) melSpectrogram(samples, bands);
  const clock: number[] = [];
  const processor: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const begin = performance.now();
    const used = process.cpuUsage();
    melSpectrogram(samples, bands);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1000);
    clock.push(performance.now() - begin);
  }
  const cells = [
    bands,
    median(clock),
    clock[0]!,
    median(processor),
    AUDIO_MS / median(clock),
    AUDIO_MS / median(processor),
  ];
  const widths = [5, 26, 9, 23, 24, 11];
  console.log(cells.map((cell, i) => cell.toFixed(i === 0 || i > 3 ? 0 : 1).padStart(widths[i]!)).join(''));
}
