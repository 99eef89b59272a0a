/**
 * Seconds from the start of the program to its first transcript, and what of them is not the transcription:
 * `diglot transcribe` of the built package, in processes of their own.
 *
 *     npm run build && npx tsx bench/cold-start.ts [--precision int8] [--rounds 5] [--audio fixtures/audio/english-jfk.flac]
 *
 * `kept` finds its compiled graphs in the cache, `empty` has an empty one; they take turns with the transcription alone,
 * which is what the recording takes a process that has transcribed before. The rest is the start: Node, the program's
 * modules, the tokenizer, the sessions, and for `empty` reading weights, recording, optimising and writing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeAudio } from '../src/audio/decode.ts';
import { melSpectrogram, SAMPLE_RATE } from '../src/audio/mel-spectrogram.ts';
import { resample } from '../src/audio/resampler.ts';
import { defaultTranscribeOptions } from '../src/decoding/options.ts';
import { transcribe } from '../src/decoding/transcribe.ts';
import { acquireModel } from '../src/whisper/load-model.ts';
import type { ComputePrecision } from '../src/whisper/weights.ts';
import { median, startProgram } from './start-program.ts';

const { values } = parseArgs({
  options: {
    precision: { type: 'string', default: 'int8' },
    rounds: { type: 'string', default: '5' },
    audio: { type: 'string', default: 'fixtures/audio/english-jfk.flac' },
    alone: { type: 'boolean', default: false },
    cache: { type: 'string', default: '' },
  },
});

if (values.alone) await transcribeAlone(values.precision as ComputePrecision);
else {
  console.log('s, median and fastest   to the first text   the transcription   the start');
  for (const precision of values.precision.split(',')) await measure(precision);
}

async function measure(precision: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'diglot-cold-'));
  const run = async (cacheFolder: string) => {
    const args = ['--precision', precision, '--cache-folder', cacheFolder, '--arrow', join(folder, 'table.arrow')];
    return (await startProgram(['transcribe', values.audio, ...args, '--offline'])).firstText;
  };
  const alone = (cacheFolder: string) => {
    const options = ['--alone', '--precision', precision, '--audio', values.audio, '--cache', cacheFolder];
    const node = ['--import', 'tsx', fileURLToPath(import.meta.url), ...options];
    return Number(spawnSync(process.execPath, node, { encoding: 'utf8' }).stdout);
  };
  try {
    const kept = join(folder, 'kept');
    await run(kept);
    const times = { kept: [] as number[], empty: [] as number[], alone: [] as number[] };
    for (let round = 0; round < Number(values.rounds); round++) {
      times.kept.push(await run(kept));
      times.alone.push(alone(kept));
      if (round >= 3) continue;
      times.empty.push(await run(join(folder, `empty${round}`)));
      rmSync(join(folder, `empty${round}`), { recursive: true });
    }
    for (const state of ['kept', 'empty'] as const) {
      const figures = [median, (list: readonly number[]) => Math.min(...list)].map((of) => {
        const [text, alone] = [of(times[state]), of(times.alone)];
        return [text, alone, text - alone];
      });
      const cells = [0, 1, 2].map((i) => figures.map((row) => row[i]!.toFixed(2)).join(' / '));
      console.log(`${precision}, ${state}`.padEnd(24) + cells.map((cell) => cell.padEnd(20)).join(''));
      if (state === 'kept') {
        console.log(`cold start beside the transcription, ${precision}, kept graphs: ${cells[2]!} s (asked: 1.5 s)`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the seconds of the fastest of three transcriptions behind a first one. */
async function transcribeAlone(precision: ComputePrecision): Promise<void> {
  const { channels, sampleRate } = await decodeAudio(readFileSync(values.audio), values.audio);
  const samples = resample(channels[0]!, sampleRate, SAMPLE_RATE);
  const { model, release } = await acquireModel('whisper-base-int8', {
    device: 'cpu',
    precision,
    cacheFolder: values.cache,
  });
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const begin = performance.now();
    await transcribe(model, melSpectrogram(samples, model.facts.bands), defaultTranscribeOptions);
    times.push((performance.now() - begin) / 1000);
  }
  release();
  console.log(Math.min(...times.slice(1)));
}
