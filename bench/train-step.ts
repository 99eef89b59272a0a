/**
 * Milliseconds of a training step: LoRA (rank 16 on q, k, v and the output of every attention) on the embedded Whisper base,
 * cross-entropy, gradients and AdamW in one compiled graph, for a batch of utterances of random sound and tokens.
 *
 *     npx tsx bench/train-step.ts [--batch 8] [--seconds 5] [--tokens 30] [--rounds 5]
 *
 * The adapters are added to the weights first: see `withAdapters`.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../src/tensors/backend.ts';
import { compile, type Inputs, type NumberArray, type Traceable } from '../src/tensors/compile/compile.ts';
import type { PassName } from '../src/tensors/compile/passes/passes.ts';
import { adamW } from '../src/training/adamw.ts';
import { causalMask, decode, encodeKeysAndValues, project } from '../src/whisper/decoder.ts';
import { encode } from '../src/whisper/encoder.ts';
import { findModel } from '../src/whisper/find-model.ts';
import type { Weights } from '../src/whisper/layers.ts';
import { openModel } from '../src/whisper/open-model.ts';
import { loadWeights } from '../src/whisper/weights.ts';

// Not import: the gradients of tfjs-core name their files as bundlers read them, which Node does not.
createRequire(import.meta.url)('@tensorflow/tfjs-core/dist/register_all_gradients.js');

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '5' },
    tokens: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '5' },
  },
});
const [batch, n, rounds] = [options.batch, options.tokens, options.rounds].map(Number) as [number, number, number];
const positions = 50 * Number(options.seconds);
const rank = 16;

await loadDevice('cpu');
const { dimensions, source } = await openModel(await findModel('whisper-base-int8', {}), 'whisper-base-int8');
const weights = await loadWeights(source, dimensions);
await source.close();
const adapted = [...weights.keys()].filter((name) => /_attn\.(q|k|v|out)_proj\.weight$/.test(name));

/** W + A B. The gradients of A and B go through that of W, which costs one product of the weight's size more. */
function withAdapters(given: Readonly<Record<string, tf.Tensor>>): Weights {
  const sums = adapted.map((name): [string, tf.Tensor] => {
    const [a, b] = [given[`a ${name}`], given[`b ${name}`]] as [tf.Tensor2D, tf.Tensor2D];
    return [name, tf.add(weights.get(name) as tf.Tensor, tf.matMul(a, b))];
  });
  return new Map([...weights, ...sums]);
}

const step: Traceable = (inputs) => {
  const names = adapted.flatMap((name) => [`a ${name}`, `b ${name}`]);
  const { value, grads } = tf.valueAndGrads((...adapters: tf.Tensor[]) => {
    const all = withAdapters(Object.fromEntries(names.map((name, index) => [name, adapters[index] as tf.Tensor])));
    const audio = encodeKeysAndValues(encode(inputs['logMel'] as tf.Tensor3D, all, dimensions), all, dimensions);
    const tokens = inputs['tokens'] as tf.Tensor2D;
    const [rows, length] = tokens.shape;
    const places = tf.add<tf.Tensor2D>(tf.zerosLike(tokens), tf.range(0, length, 1, 'int32'));
    const among = tf.add<tf.Tensor4D>(tf.zeros([rows, 1, length, length]), causalMask(length));
    const { states } = decode({ tokens, places, among, past: null, audio, audioMask: null }, all, dimensions);
    const wanted = tf.oneHot(inputs['next'] as tf.Tensor2D, dimensions.vocabularySize);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(project(states, all)), wanted), -1)));
  })(names.map((name) => inputs[name] as tf.Tensor));
  const made: Record<string, tf.Tensor> = { loss: value };
  names.forEach((name, index) => {
    const moments = { first: inputs[`first ${name}`] as tf.Tensor, second: inputs[`second ${name}`] as tf.Tensor };
    const [at, rate] = [inputs['step'] as tf.Scalar, inputs['rate'] as tf.Scalar];
    const after = adamW(inputs[name] as tf.Tensor, grads[index] as tf.Tensor, moments, at, rate);
    Object.assign(made, {
      [`after ${name}`]: after.weight,
      [`after first ${name}`]: after.first,
      [`after second ${name}`]: after.second,
    });
  });
  return made;
};

const state = new Map<string, NumberArray>();
for (const name of adapted) {
  const [input, output] = (weights.get(name) as tf.Tensor).shape as [number, number];
  for (const prefix of ['', 'first ', 'second ']) {
    const random = (length: number) =>
      Float32Array.from({ length }, () => (prefix === '' ? Math.random() - 0.5 : 0) / 8);
    state.set(`${prefix}a ${name}`, { values: random(input * rank), shape: [input, rank] });
    state.set(`${prefix}b ${name}`, { values: new Float32Array(rank * output), shape: [rank, output] });
  }
}
const inputs: Inputs = {
  logMel: { type: 'float32', shape: ['rows', dimensions.bands, { times: 2, name: 'positions' }] },
  tokens: { type: 'int32', shape: ['rows', 'n'] },
  next: { type: 'int32', shape: ['rows', 'n'] },
  step: { type: 'float32', shape: [] },
  rate: { type: 'float32', shape: [] },
  ...Object.fromEntries([...state].map(([name, { shape }]) => [name, { type: 'float32', shape }])),
};
const tokens = (): NumberArray => ({
  values: Int32Array.from({ length: batch * n }, () => Math.floor(Math.random() * 50_000)),
  shape: [batch, n],
});
const data = {
  logMel: {
    values: Float32Array.from({ length: batch * dimensions.bands * 2 * positions }, () => Math.random() - 0.5),
    shape: [batch, dimensions.bands, 2 * positions],
  },
  tokens: tokens(),
  next: tokens(),
  rate: { values: Float32Array.of(1e-3), shape: [] },
};

console.log(`batch ${batch}, ${positions} positions, ${n} tokens, ${availableParallelism()} processors`);
const fusions: readonly PassName[] = ['fuseAttention', 'fuseLayerNorm', 'fuseGelu'];
for (const [title, without] of [
  ['all passes', []],
  ['without fuseAttention', ['fuseAttention']],
  ['without fusions', fusions],
] as const) {
  const begun = performance.now();
  const compiled = await compile(step, inputs, { without });
  const opened = performance.now() - begun;
  const times: number[] = [];
  let given = new Map(state);
  const losses: number[] = [];
  for (let at = 1; at <= rounds + 1; at++) {
    const from = performance.now();
    const feeds = { ...Object.fromEntries(given), ...data, step: { values: Float32Array.of(at), shape: [] } };
    const made = await compiled.run(feeds);
    if (at > 1) times.push(performance.now() - from);
    losses.push(made['loss']!.values[0]!);
    given = new Map([...given.keys()].map((name) => [name, made[`after ${name}`]!]));
  }
  await compiled.dispose();
  times.sort((a, b) => a - b);
  const [median, least] = [times[Math.floor(times.length / 2)]!, times[0]!].map((ms) => ms.toFixed(0));
  const [first, last] = [losses[0]!, losses.at(-1)!].map((loss) => loss.toFixed(3));
  console.log(
    `${title}: ${median} ms a step (least ${least}), loss ${first} to ${last}, compiled in ${opened.toFixed(0)} ms`,
  );
}
