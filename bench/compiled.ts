/**
 * Milliseconds of the networks compiled (ONNX Runtime, device cpu, f32 and int8) beside the eager ones: a full window
 * through the encoder, the keys and values of its audio, and decoder steps with five and ten rows at 40 tokens; then steps
 * with five rows of one utterance and of several together, in full windows and in ones of 8 s.
 *
 *     npx tsx bench/compiled.ts [--model whisper-base-int8] [--eager tfjs-node] [--rounds 7]
 *
 * All models are in one process and take turns, so that all meet the same load. Wall-clock and processor time (of all
 * threads) are medians, those of steps of several utterances for each utterance. `--eager none` leaves the eager networks
 * out.
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

/** Grows every row of every session to 40 tokens, then measures three steps more, for each utterance. */
async function stepsOf(name: string, what: string, sessions: readonly DecoderSession[], count: number): Promise<void> {
  const prompt = Array.from({ length: 36 }, (_, i) => 50_258 + (i % 4));
  const tokens = Int32Array.from({ length: count }, (_, row) => 400 + row);
  const parents = Int32Array.from({ length: count }, (_, row) => Math.max(0, row - 1));
  await Promise.all(sessions.map((session) => session.prefill([prompt], [35])));
  await Promise.all(sessions.map((session) => session.step(new Int32Array(count), tokens)));
  for (let step = 0; step < 3; step++) {
    const { wall, cpu } = await timed(() => Promise.all(sessions.map((session) => session.step(parents, tokens))));
    note(name, what, { wall: wall / sessions.length, cpu: cpu / sessions.length });
  }
}

const together = [1, 2, 4, 8];
const windows = [
  { window: 'full', positions: audioPositions },
  { window: '8 s', positions: 400 },
];

/** Steps of several utterances at once, each with five rows. */
async function batchesOf(name: string, model: SpeechModel, states: Float32Array): Promise<void> {
  for (const { window, positions } of windows) {
    for (const count of together) {
      const cut = states.slice(0, positions * model.facts.width);
      const sessions = await Promise.all(Array.from({ length: count }, () => model.openDecoder(cut, positions)));
      await stepsOf(name, `${window}, ${count} at once`, sessions, 5);
      for (const session of sessions) session.dispose();
    }
  }
}

for (let round = 0; round <= Number(options.rounds); round++) {
  for (const { name, backend, model } of contestants) {
    await tf.setBackend(backend);
    // The first round warms up.
    if (round === 1) times.clear();
    const encoded = await timed(() => model.encode(logMel, 2 * audioPositions));
    const opened = await timed(() => model.openDecoder(encoded.result, audioPositions));
    note(name, 'encoder', encoded);
    note(name, 'audio keys', opened);
    for (const count of rows) await stepsOf(name, `step, ${count} rows`, [opened.result], count);
    opened.result.dispose();
    if (name.startsWith('cpu')) await batchesOf(name, model, encoded.result);
  }
}

const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
const cellsOf = (name: string, columns: readonly string[]) =>
  columns.map((column) => {
    const found = times.get(`${name}|${column}`);
    return found === undefined ? '-' : `${middle(found.wall).toFixed(1)} (${middle(found.cpu).toFixed(1)})`;
  });
const line = (cells: readonly string[]) => console.log(cells.map((text) => text.padEnd(16)).join(''));

console.log(`${options.model}, ${availableParallelism()} threads, median ms: wall-clock (processor)`);
const columns = ['encoder', 'audio keys', ...rows.map((count) => `step, ${count} rows`)];
line(['', 'load', ...columns]);
for (const { name, load } of contestants) line([name, load.toFixed(0), ...cellsOf(name, columns)]);
for (const { window } of windows) {
  const batched = together.map((count) => `${window}, ${count} at once`);
  console.log(`\nA step of an utterance in a ${window} window, steps of several taken together`);
  line(['', ...together.map((count) => `${count} at once`)]);
  for (const { name } of contestants) line([name, ...cellsOf(name, batched)]);
}
