/**
 * A full window through the encoder in f32 and int8 (int4 leaves it in 8 bits), beside bare products of the sizes of its
 * layers, all in ONNX Runtime; then the decoder's products by weights (the layers' and the projection) for some rows.
 *
 *     npx tsx bench/encoder.ts [--model whisper-base-int8] [--rounds 7] [--rows 5,40]
 *
 * All take turns in one process, so that all meet the same load. Times are medians, wall-clock and processor (of all
 * threads); ratios are medians over the rounds of the ratio of wall-clock times.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { compile, type CompiledFunction, type NumberArray } from '../src/tensors/compile/compile.ts';
import { recordingBackend } from '../src/tensors/compile/kernels.ts';
import { sessionThreads } from '../src/tensors/compile/onnx-runtime.ts';
import { encode } from '../src/whisper/encoder.ts';
import { findModel } from '../src/whisper/find-model.ts';
import { int4Tensor, quantiseTo4Bits } from '../src/whisper/int4.ts';
import { quantise } from '../src/whisper/int8.ts';
import { openModel } from '../src/whisper/open-model.ts';
import { computePrecisions, loadWeights, reverseAxes, type ComputePrecision } from '../src/whisper/weights.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'whisper-base-int8' },
    rounds: { type: 'string', default: '7' },
    rows: { type: 'string', default: '5,40' },
  },
});

interface Contestant {
  readonly name: string;
  readonly compiled: CompiledFunction;
  readonly inputs: Readonly<Record<string, NumberArray>>;
  readonly wall: number[];
  readonly cpu: number[];
}

recordingBackend().use();
const { dimensions, source } = await openModel(await findModel(options.model, {}), options.model);
const { bands, width, audioPositions: positions, encoderLayers, decoderLayers, vocabularySize } = dimensions;
const inner = source.shapes.get('model.encoder.layers.0.fc1.weight')![0]!;

const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * i));

async function encoderIn(precision: ComputePrecision): Promise<Contestant> {
  const weights = await loadWeights(source, dimensions, { precision });
  const compiled = await compile(({ x }) => ({ states: encode(x as tf.Tensor3D, weights, dimensions) }), {
    x: { type: 'float32', shape: ['rows', bands, { times: 2, name: 'positions' }] },
  });
  tf.dispose([...weights.values()]);
  const x = { values: wave(bands * 2 * positions), shape: [1, bands, 2 * positions] };
  return { name: precision, compiled, inputs: { x }, wall: [], cpu: [] };
}

/** Products by weights one behind the other, and nothing else: from width to each of these sizes in turn. */
async function productsIn(
  name: string,
  precision: ComputePrecision,
  rows: number,
  sizes: readonly number[],
): Promise<Contestant> {
  const kernels = sizes.map((outputs, i) => kernelIn(precision, sizes[i - 1] ?? width, outputs));
  const product = (x: tf.Tensor2D) => kernels.reduce((y, kernel) => tf.matMul(y, kernel as tf.Tensor2D), x);
  // The largest alone leaves the graph: fetching a projection would be measured beside it.
  const compiled = await compile(({ x }) => ({ most: tf.max(product(x as tf.Tensor2D), -1) }), {
    x: { type: 'float32', shape: ['rows', width] },
  });
  tf.dispose(kernels);
  return { name, compiled, inputs: { x: { values: wave(rows * width), shape: [rows, width] } }, wall: [], cpu: [] };
}

/** Weights [inputs, outputs] that keep the size of what they multiply; int4 leaves the projection in 8 bits. */
function kernelIn(precision: ComputePrecision, inputs: number, outputs: number): tf.Tensor {
  const matrix = wave(inputs * outputs).map((value) => value * Math.sqrt(2 / inputs));
  if (precision === 'int4' && outputs !== vocabularySize) return int4Tensor(quantiseTo4Bits(matrix), [outputs, inputs]);
  if (precision === 'f32') return tf.tensor(reverseAxes(matrix, [outputs, inputs]), [inputs, outputs]);
  const { values, scales } = quantise(matrix, outputs);
  return recordingBackend().quantised(reverseAxes(values, [outputs, inputs]), scales, [inputs, outputs]);
}

async function race(contestants: readonly Contestant[], rounds: number): Promise<void> {
  for (let round = -1; round < rounds; round++) {
    for (const { compiled, inputs, wall, cpu } of contestants) {
      const [begin, used] = [performance.now(), process.cpuUsage()];
      await compiled.run(inputs);
      const { user, system } = process.cpuUsage(used);
      if (round < 0) continue;
      wall.push(performance.now() - begin);
      cpu.push((user + system) / 1000);
    }
  }
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
/** How many times faster the second is. */
const ratio = (slow: Contestant, fast: Contestant) => median(slow.wall.map((time, i) => time / fast.wall[i]!));

function print(contestants: readonly Contestant[], operations: number): void {
  for (const { name, wall, cpu } of contestants) {
    const rate = (operations / median(wall) / 1e6).toFixed(0);
    console.log(
      `  ${name.padEnd(28)} ${median(wall).toFixed(1).padStart(8)} ms (${median(cpu).toFixed(1)} of processor)  ${rate} Gflop/s`,
    );
  }
}

const layer = [width, width, width, width, inner, width];
const linear = 2 * positions * encoderLayers * (4 * width * width + 2 * width * inner);
const attention = 4 * positions * positions * width * encoderLayers;
const convolutions = 2 * 3 * positions * width * (2 * bands + width);

console.log(`${options.model}, ${sessionThreads()} threads, ${options.rounds} rounds\n\nencoder, full window`);
const encoders: Contestant[] = [];
for (const precision of ['f32', 'int8'] as const) encoders.push(await encoderIn(precision));
const bare = await productsIn('bare products, f32', 'f32', positions, Array(encoderLayers).fill(layer).flat());
await race([...encoders, bare], Number(options.rounds));
print(encoders, linear + attention + convolutions);
print([bare], linear);
const [f32, int8] = encoders as [Contestant, Contestant];
const share = (ratio(bare, f32) * (linear + attention + convolutions)) / linear;
console.log(`  encoder window in f32, of the rate of bare products: ${(100 * share).toFixed(0)} % (asked: 85 %)`);
console.log(`  encoder window, times the speed in int8 of f32: ${ratio(f32, int8).toFixed(2)} (asked: 1.8)`);
for (const { compiled } of [...encoders, bare]) await compiled.dispose();

const step = Array<number[]>(decoderLayers)
  .fill([...Array<number>(6).fill(width), inner, width])
  .flat();
for (const rows of options.rows.split(',').map(Number)) {
  const contestants: Contestant[] = [];
  for (const precision of computePrecisions) {
    contestants.push(await productsIn(precision, precision, rows, [...step, vocabularySize]));
  }
  await race(contestants, 5 * Number(options.rounds));
  const each = 2 * rows * (decoderLayers * (6 * width * width + 2 * width * inner) + width * vocabularySize);
  console.log(`\ndecoder's products by weights, ${rows} rows`);
  print(contestants, each);
  const [floats, eight, four] = contestants as [Contestant, Contestant, Contestant];
  console.log(`  f32 against int8 ${ratio(floats, eight).toFixed(2)}, against int4 ${ratio(floats, four).toFixed(2)}`);
  for (const { compiled } of contestants) await compiled.dispose();
}
await source.close();
