import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../../src/tensors/backend.ts';
import type { Inputs, NumberArray, Traceable } from '../../src/tensors/compile/compile.ts';
import * as decoder from '../../src/whisper/decoder.ts';
import { weightShapes } from '../../src/whisper/dimensions.ts';
import * as encoder from '../../src/whisper/encoder.ts';
import * as layers from '../../src/whisper/layers.ts';
import type { KeysAndValues, Weights } from '../../src/whisper/layers.ts';
import { loadWeights } from '../../src/whisper/weights.ts';
import { compiledDevice, keepBackend } from '../support/devices.ts';
import { tinyDimensions, tinyWeights } from '../support/tiny-model.ts';
import { agrees } from '../tensors/compile/agree.ts';

const { width, bands, decoderLayers, decoderHeads: heads } = tinyDimensions;
const block = 'model.decoder.layers.0';
const own = `${block}.self_attn`;

const float = (...shape: Inputs[string]['shape']): Inputs[string] => ({ type: 'float32', shape });
const whole = (...shape: Inputs[string]['shape']): Inputs[string] => ({ type: 'int32', shape });

interface Layer {
  readonly inputs: Inputs;
  readonly work: (inputs: Readonly<Record<string, tf.Tensor>>, weights: Weights) => tf.Tensor | readonly tf.Tensor[];
}

const x = float('a', 'b', width);
const rows = { x };
const inHeads = { x: float('a', heads, 'b', width / heads), y: float('a', heads, 7, width / heads) };
const both = ({ keys, values }: KeysAndValues) => [keys, values];
const t3 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor3D;
const t4 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor4D;

/** A step in the middle of a search: two utterances or more, earlier tokens, masks. */
const step = {
  tokens: whole('a', 'b'),
  places: whole('a', 'b'),
  among: float('a', 1, 'b', 'b'),
  pastMask: float('a', 1, 'b', 5),
  audioMask: float('a', 1, 1, 9),
  keys: float('a', heads, 5, width / heads),
  values: float('a', heads, 5, width / heads),
  audio: float('a', heads, 9, width / heads),
};

function stepOf(given: Readonly<Record<string, tf.Tensor>>, weights: Weights): decoder.DecoderStep {
  const every = <T>(what: T) => Array.from({ length: decoderLayers }, () => what);
  const past = { keys: t4(given['keys']), values: t4(given['values']) };
  return decoder.decode(
    {
      tokens: given['tokens'] as tf.Tensor2D,
      places: given['places'] as tf.Tensor2D,
      among: t4(given['among']),
      past: { layers: every(past), mask: t4(given['pastMask']) },
      audio: every({ keys: t4(given['audio']), values: t4(given['audio']) }),
      audioMask: t4(given['audioMask']),
    },
    weights,
    tinyDimensions,
  );
}

const pairs = [
  [0, 1],
  [1, 3],
] as const;

/** Every function of the networks, by its name. */
const functions: Readonly<Record<string, Layer>> = {
  linear: { inputs: rows, work: ({ x }, weights) => layers.linear(t3(x), weights, `${own}.v_proj`) },
  layerNorm: { inputs: rows, work: ({ x }, weights) => layers.layerNorm(t3(x), weights, `${own}_layer_norm`) },
  gelu: { inputs: rows, work: ({ x }) => layers.gelu(x as tf.Tensor) },
  splitHeads: { inputs: rows, work: ({ x }) => layers.splitHeads(t3(x), heads) },
  mergeHeads: { inputs: inHeads, work: ({ x }) => layers.mergeHeads(t4(x)) },
  queries: { inputs: rows, work: ({ x }, weights) => layers.queries(t3(x), weights, own, heads) },
  keysAndValues: { inputs: rows, work: ({ x }, weights) => both(layers.keysAndValues(t3(x), weights, own, heads)) },
  attentionScores: { inputs: inHeads, work: ({ x, y }) => layers.attentionScores(t4(x), t4(y)) },
  attend: {
    inputs: { x: float('a', 2, 'b', 7), y: float('a', 2, 7, 5) },
    work: ({ x, y }) => layers.attend(t4(x), t4(y)),
  },
  attention: { inputs: inHeads, work: ({ x, y }) => layers.attention(t4(x), { keys: t4(y), values: t4(y) }) },
  feedForward: { inputs: rows, work: ({ x }, weights) => layers.feedForward(t3(x), weights, block) },
  encode: {
    inputs: { x: float('a', bands, { times: 2, name: 'b' }) },
    work: ({ x }, weights) => encoder.encode(t3(x), weights, tinyDimensions),
  },
  encodeKeysAndValues: {
    inputs: rows,
    work: ({ x }, weights) => decoder.encodeKeysAndValues(t3(x), weights, tinyDimensions).flatMap(both),
  },
  decode: {
    inputs: step,
    work: (given, weights) => {
      const { states, present, crossScores } = stepOf(given, weights);
      return [states, ...present.flatMap(both), ...crossScores];
    },
  },
  meanAttention: {
    inputs: step,
    work: (given, weights) => decoder.meanAttention(stepOf(given, weights), t4(given['audioMask']), pairs),
  },
  headScores: {
    inputs: step,
    work: (given, weights) => decoder.headScores(stepOf(given, weights).crossScores, pairs),
  },
  project: { inputs: rows, work: ({ x }, weights) => decoder.project(t3(x), weights) },
  embed: { inputs: { x: whole('a', 'b') }, work: ({ x }, weights) => decoder.embed(x as tf.Tensor2D, weights) },
  causalMask: { inputs: rows, work: ({ x }) => tf.add(decoder.causalMask(x!.shape[1]!), tf.sum(x!)) },
};

describe('layers of Whisper', () => {
  keepBackend();
  const stored: Record<string, NumberArray> = {};
  before(async function () {
    await compiledDevice(this);
    await loadDevice('tfjs-cpu');
    const numbers = tinyWeights();
    const source = {
      path: 'random weights',
      shapes: weightShapes(tinyDimensions),
      read: (name: string) => Promise.resolve(numbers.get(name)!),
      close: () => Promise.resolve(),
    };
    const weights = await loadWeights(source, tinyDimensions);
    for (const [name, tensor] of weights) {
      stored[name] = { values: tensor.dataSync() as Float32Array, shape: tensor.shape };
    }
    tf.dispose([...weights.values()]);
  });

  for (const [name, { inputs, work }] of Object.entries(functions)) {
    it(`give compiled what tfjs gives: ${name}`, () => {
      const fn: Traceable = (given) => {
        const weights = new Map(Object.keys(stored).map((key) => [key, given[key] as tf.Tensor]));
        const made = work(given, weights);
        return Object.fromEntries((Array.isArray(made) ? made : [made]).map((y: tf.Tensor, i) => [`y${i}`, y]));
      };
      const weightInputs = Object.entries(stored).map(([key, { shape }]) => [key, float(...shape)]);
      return agrees(fn, { ...inputs, ...(Object.fromEntries(weightInputs) as Inputs) }, 1e-5, stored);
    });
  }

  it('are all among these', () => {
    const all = [layers, encoder, decoder].flatMap((module) => Object.entries(module));
    const names = all.filter(([name, value]) => typeof value === 'function' && name !== 'weight').map(([name]) => name);
    assert.deepEqual(names.sort(), Object.keys(functions).sort());
  });
});
