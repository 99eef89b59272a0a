/**
 * Milliseconds of the networks compiled (ONNX Runtime, device cpu, f32 and int8) beside the eager ones: a full window
 * through the encoder, the keys and values of its audio, and decoder steps with five and ten rows at 40 tokens.
 *
 *     npx tsx bench/compiled.ts [--model whisper-base-int8] [--eager tfjs-node] [--rounds 7]
 *
 * All models are in one process and take turns, so that all meet the same load. Wall-clock and processor time (of all
 * threads) are medians. `--eager none` leaves the eager networks out.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice, type DeviceName } from '../src/tensors/backend.ts';
import { compiledModel } from '../src/whisper/compiled-model.ts';
import { findModel } from '../src/whisper/find-model.ts';
import { openModel } from '../src/whisper/open-model.ts';
import type { DecoderSession, SpeechModel } from '../src/whisper/speech-model.ts';
import { loadWeights, type ComputePrecision } from '../src/whisper/weights.ts';
import { whisperModel } from '../src/whisper/whisper-model.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'whisper-base-int8' },
    eager: { type: 'string', default: 'tfjs-node' },
    rounds: { type: 'string', default: '7' },
  },
});

interface Contestant {
  readonly name: string;
  readonly backend: string;
  readonly load: number;
  readonly model: SpeechModel;
}

/** Wall-clock and processor milliseconds. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; wall: number; cpu: number }> {
  const [begin, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  return { result, wall: performance.now() - begin, cpu: (user + system) / 1000 };
}

async function load(device: DeviceName, precision: ComputePrecision): Promise<Contestant> {
  await loadDevice(device);
  const place = await findModel(options.model, {});
  const { result: model, wall } = await timed(async () => {
    const { dimensions, facts, tokenizer, source } = await openModel(place, options.model);
    const weights = await loadWeights(source, dimensions, { precision });
    await source.close();
    if (device !== 'cpu') return whisperModel(facts, tokenizer, weights, dimensions);
    const compiled = await compiledModel(facts, tokenizer, weights, dimensions);
    tf.dispose([...weights.values()]);
    return compiled;
  });
  return { name: device === 'cpu' ? `cpu ${precision}` : device, backend: tf.getBackend(), load: wall, model };
}

const contestants = [await load('cpu', 'f32'), await load('cpu', 'int8')];
if (options.eager !== 'none') contestants.push(await load(options.eager as DeviceName, 'f32'));
const { audioPositions, bands } = contestants[0]!.model.facts;
const logMel = Float32Array.from({ length: bands * 2 * audioPositions }, (_, i) => Math.sin(i * i) / 2);
const rows = [5, 10];
const times = new Map<string, { wall: number[]; cpu: number[] }>();
const note = (name: string, what: string, { wall, cpu }: { wall: number; cpu: number }) => {
  const key = `${name}|${what}`;
  const known = times.get(key) ?? { wall: [], cpu: [] };
  times.set(key, { wall: [...known.wall, wall], cpu: [...known.cpu, cpu] });
};

/** Grows every row to 40 tokens, then measures one step more. */
async function stepsOf(name: string, session: DecoderSession, count: number, keep: boolean): Promise<void> {
  await session.prefill([Array.from({ length: 36 }, (_, i) => 50_258 + (i % 4))], [35]);
  const tokens = Int32Array.from({ length: count }, (_, row) => 400 + row);
  await session.step(new Int32Array(count), tokens);
  const parents = Int32Array.from({ length: count }, (_, row) => Math.max(0, row - 1));
  for (let step = 0; step < 3; step++) {
    const measured = await timed(() => session.step(parents, tokens));
    if (keep) note(name, `step, ${count} rows`, measured);
  }
}

for (let round = 0; round <= Number(options.rounds); round++) {
  for (const { name, backend, model } of contestants) {
    await tf.setBackend(backend);
    const keep = round > 0;
    const encoded = await timed(() => model.encode(logMel, 2 * audioPositions));
    const opened = await timed(() => model.openDecoder(encoded.result, audioPositions));
    if (keep) note(name, 'encoder', encoded);
    if (keep) note(name, 'audio keys', opened);
    for (const count of rows) await stepsOf(name, opened.result, count, keep);
    opened.result.dispose();
  }
}

const columns = ['encoder', 'audio keys', ...rows.map((count) => `step, ${count} rows`)];
const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
console.log(`${options.model}, ${availableParallelism()} threads, median ms: wall-clock (processor)`);
console.log(['', 'load', ...columns].map((text) => text.padEnd(16)).join(''));
for (const { name, load } of contestants) {
  const cells = columns.map((column) => {
    const { wall, cpu } = times.get(`${name}|${column}`)!;
    return `${middle(wall).toFixed(1)} (${middle(cpu).toFixed(1)})`;
  });
  console.log([name, load.toFixed(0), ...cells].map((text) => text.padEnd(16)).join(''));
}
