/**
 * Recordings over and over through one session, for an hour: whether it gets slower, and whether memory grows. A line for
 * each tenth of the time; latency is from the end of a word to the final text that has it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { SAMPLE_RATE } from '../../src/audio/mel-spectrogram.ts';
import { readRecording } from '../../src/audio/recordings.ts';
import { resample } from '../../src/audio/resampler.ts';
import { openSession } from '../../src/graphs/open-session.ts';
import { pair, percentile, type BenchOptions } from './latency.ts';
import { spokenTexts } from './recordings.ts';

const CHUNK = 0.06;
/** Seconds of silence between two recordings. */
const PAUSE = 1;
const TENTHS = 10;

/** Samples of the recordings at 16 kHz, a pause behind each. */
export async function joined(paths: readonly string[]): Promise<Float32Array> {
  const all: number[] = [];
  for (const path of paths) {
    const options = { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: 0 } as const;
    const { samples, sampleRate } = await readRecording(path, options);
    for (const sample of resample(samples, sampleRate, SAMPLE_RATE)) all.push(sample);
    all.push(...new Array<number>(PAUSE * SAMPLE_RATE).fill(0));
  }
  return Float32Array.from(all);
}

export async function measureHour({ files, set, minutes }: BenchOptions): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const audio = await joined(spokenTexts(files).map(({ path }) => path));
  const total = 60 * minutes;
  const session = await openSession({ name: 'hour', overrides: set });
  const finals: { readonly at: number; readonly latency: number }[] = [];
  let lost = 0;
  const listening = (async () => {
    for await (const event of session.events) {
      if (event.kind === 'gap') lost += event.gap.duration;
      if (event.kind !== 'final') continue;
      for (const { end } of event.words) finals.push({ at: end, latency: event.emittedAt - end });
    }
  })();
  console.log(`${(audio.length / SAMPLE_RATE).toFixed(0)} s of audio over and over, for ${minutes} minutes\n`);
  console.log('| minutes | final words | final_ms p50 / p95 | heap MB | resident MB | s not heard |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  const heaps: number[] = [];
  const tenth = total / TENTHS;
  let told = 0;
  const tell = (): void => {
    const some = finals.filter(({ at }) => at >= told * tenth && at < (told + 1) * tenth).map(({ latency }) => latency);
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    heaps.push(heapUsed / 1e6);
    told += 1;
    const cells = [
      ((told * tenth) / 60).toFixed(0),
      some.length,
      pair(some),
      (heapUsed / 1e6).toFixed(1),
      (rss / 1e6).toFixed(0),
      lost.toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  };
  const began = performance.now();
  const size = Math.round(CHUNK * SAMPLE_RATE);
  for (let given = 0; given < total * SAMPLE_RATE; given += size) {
    const due = began + (1000 * (given + size)) / SAMPLE_RATE;
    await sleep(Math.max(0, due - performance.now()));
    session.push(
      Float32Array.from({ length: size }, (_, i) => audio[(given + i) % audio.length]!),
      SAMPLE_RATE,
    );
    // Some seconds late, so that the words of the tenth are final.
    if (given / SAMPLE_RATE > (told + 1) * tenth + 10) tell();
  }
  session.end();
  await listening;
  tell();
  const of = (first: number, last: number): number =>
    percentile(
      finals.filter(({ at }) => at >= first * tenth && at < last * tenth).map(({ latency }) => latency),
      0.5,
    );
  const [start, end] = [of(0, 2), of(TENTHS - 2, TENTHS)];
  console.log(
    `\nMedian of the last fifth against the first: ${(1000 * end).toFixed(0)} against ${(1000 * start).toFixed(0)} ms, ` +
      `${(100 * (end / start - 1)).toFixed(1)} %. Heap at the end against the first tenth: ${(heaps.at(-1)! - heaps[0]!).toFixed(1)} MB.`,
  );
}
