/**
 * Milliseconds of the eager networks on each device that runs here: a full window through the encoder, a prefill of four
 * tokens, and a decoder step with one, five and ten rows, each step reordering its rows.
 *
 *     npx tsx bench/whisper.ts [--model whisper-base-int8] [--device tfjs-node,tfjs-wasm] [--rounds 15]
 *
 * Devices take turns in processes of their own, because a process has one device.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DeviceName } from '../src/tensors/backend.ts';
import { acquireModel } from '../src/whisper/load-model.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'whisper-base-int8' },
    device: { type: 'string', default: 'tfjs-node,tfjs-wasm' },
    rounds: { type: 'string', default: '15' },
    one: { type: 'boolean', default: false },
  },
});

if (values.one) await measure(values.model, values.device as DeviceName, Number(values.rounds));
else {
  console.log('device         load    encode   prefill  step 1   step 5   step 10   (ms, median and fastest)');
  for (const device of values.device.split(',')) {
    const options = ['--one', '--model', values.model, '--device', device, '--rounds', values.rounds];
    spawnSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), ...options], { stdio: 'inherit' });
  }
}

async function measure(name: string, device: DeviceName, rounds: number): Promise<void> {
  const begin = performance.now();
  const { model, release } = await acquireModel(name, { device });
  const load = performance.now() - begin;
  const { bands, audioPositions } = model.facts;
  const logMel = Float32Array.from({ length: bands * 2 * audioPositions }, (_, i) => Math.sin(i * i) / 2);
  const states = await model.encode(logMel, 2 * audioPositions);
  const encode = await time(3, () => model.encode(logMel, 2 * audioPositions));
  const session = await model.openDecoder(states, audioPositions);
  const { startOfTranscript, languages, transcribe, noTimestamps } = model.tokenizer;
  const prompt = [startOfTranscript, languages.get('zh') ?? startOfTranscript, transcribe, noTimestamps];
  const begun = () => session.prefill([prompt], [prompt.length - 1]);
  await begun();
  const figures = [encode, await time(rounds, begun)];
  for (const rows of [1, 5, 10]) {
    await begun();
    const tokens = Int32Array.from({ length: rows }, (_, row) => 400 + row);
    await session.step(new Int32Array(rows), tokens);
    const parents = Int32Array.from({ length: rows }, (_, row) => Math.max(0, row - 1));
    figures.push(await time(rounds, () => session.step(parents, tokens)));
  }
  session.dispose();
  release();
  console.log(device.padEnd(14), load.toFixed(0).padEnd(7), figures.map((figure) => figure.padEnd(8)).join(' '));
}

async function time(rounds: number, work: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  return `${times[rounds >> 1]!.toFixed(0)}/${times[0]!.toFixed(0)}`;
}
