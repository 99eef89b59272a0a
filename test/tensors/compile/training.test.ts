import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { loadDevice } from '../../../src/tensors/backend.ts';
import { compile, type Inputs, type NumberArray, type Traceable } from '../../../src/tensors/compile/compile.ts';
import { adamW, adamWDefaults, type Moments } from '../../../src/training/adamw.ts';
import { causalMask, decode, encodeKeysAndValues, project } from '../../../src/whisper/decoder.ts';
import { weightShapes } from '../../../src/whisper/dimensions.ts';
import { encode } from '../../../src/whisper/encoder.ts';
import type { Weights } from '../../../src/whisper/layers.ts';
import { loadWeights } from '../../../src/whisper/weights.ts';
import { compiledDevice, keepBackend } from '../../support/devices.ts';
import { randomNumbers, tinyDimensions, tinyWeights } from '../../support/tiny-model.ts';
import { assertNear, eagerly } from './agree.ts';

const { bands, vocabularySize } = tinyDimensions;

/** A first step of Adam is the sign of each gradient, rounding errors among them, until epsilon is larger than these. */
const options = { ...adamWDefaults, epsilon: 1e-4 };

/** Cross-entropy of the next tokens under teacher forcing: `tokens` and `next` [rows, n]. */
function lossOf(logMel: tf.Tensor3D, tokens: tf.Tensor2D, next: tf.Tensor2D, weights: Weights): tf.Scalar {
  const audio = encodeKeysAndValues(encode(logMel, weights, tinyDimensions), weights, tinyDimensions);
  const [rows, n] = tokens.shape;
  const places = tf.add<tf.Tensor2D>(tf.zerosLike(tokens), tf.range(0, n, 1, 'int32'));
  const among = tf.broadcastTo<tf.Rank.R4>(causalMask(n), [rows, 1, n, n]);
  const input = { tokens, places, among, past: null, audio, audioMask: null };
  const { states } = decode(input, weights, tinyDimensions);
  const wanted = tf.oneHot(next, vocabularySize);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(project(states, weights)), wanted), -1)));
}

/** Loss, gradients of all weights, and AdamW's update of them: everything that changes goes in and comes out. */
function trainStep(names: readonly string[]): Traceable {
  return (inputs) => {
    const weights = names.map((name) => inputs[name] as tf.Tensor);
    const [logMel, tokens, next] = ['logMel', 'tokens', 'next'].map((name) => inputs[name]);
    const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) =>
      lossOf(
        logMel as tf.Tensor3D,
        tokens as tf.Tensor2D,
        next as tf.Tensor2D,
        new Map(names.map((name, index) => [name, given[index] as tf.Tensor])),
      ),
    )(weights);
    const made: Record<string, tf.Tensor> = { loss: value };
    names.forEach((name, index) => {
      const moments = { first: inputs[`first ${name}`], second: inputs[`second ${name}`] } as Moments;
      const [step, rate] = [inputs['step'] as tf.Scalar, inputs['rate'] as tf.Scalar];
      const after = adamW(weights[index] as tf.Tensor, grads[index] as tf.Tensor, moments, step, rate, options);
      made[`gradient ${name}`] = grads[index] as tf.Tensor;
      made[`after ${name}`] = after.weight;
      made[`after first ${name}`] = after.first;
      made[`after second ${name}`] = after.second;
    });
    return made;
  };
}

describe('training steps', () => {
  keepBackend();
  before(async function () {
    await compiledDevice(this);
    await loadDevice('tfjs-cpu');
  });

  it('of a whole Whisper network are one graph, which computes what tfjs computes at every size', async function () {
    this.timeout(120_000);
    const stored = tinyWeights();
    const source = {
      path: 'random weights',
      shapes: weightShapes(tinyDimensions),
      read: (name: string) => Promise.resolve(stored.get(name)!),
      close: () => Promise.resolve(),
    };
    const loaded = await loadWeights(source, tinyDimensions);
    const names = [...loaded.keys()];
    const arrays = new Map<string, NumberArray>();
    for (const [name, tensor] of loaded) {
      arrays.set(name, { values: tensor.dataSync<'float32'>(), shape: tensor.shape });
      arrays.set(`first ${name}`, { values: new Float32Array(tensor.size), shape: tensor.shape });
      arrays.set(`second ${name}`, { values: new Float32Array(tensor.size), shape: tensor.shape });
    }
    tf.dispose([...loaded.values()]);
    const compiled = await compile(trainStep(names), {
      logMel: { type: 'float32', shape: ['rows', bands, { times: 2, name: 'positions' }] },
      tokens: { type: 'int32', shape: ['rows', 'n'] },
      next: { type: 'int32', shape: ['rows', 'n'] },
      step: { type: 'float32', shape: [] },
      rate: { type: 'float32', shape: [] },
      ...Object.fromEntries([...arrays].map(([name, { shape }]) => [name, { type: 'float32', shape }])),
    } satisfies Inputs);
    const random = randomNumbers(3);
    const tokens = (rows: number, n: number): NumberArray => ({
      values: Int32Array.from({ length: rows * n }, () => Math.floor(((random() + 1) / 2) * 250)),
      shape: [rows, n],
    });
    let losses = 0;
    for (const [step, [rows, n, positions]] of (
      [
        [2, 5, 9],
        [1, 2, 12],
        [3, 4, 7],
      ] as const
    ).entries()) {
      const given: Record<string, NumberArray> = {
        ...Object.fromEntries(arrays),
        logMel: {
          values: Float32Array.from({ length: rows * bands * 2 * positions }, random),
          shape: [rows, bands, 2 * positions],
        },
        tokens: tokens(rows, n),
        next: tokens(rows, n),
        step: { values: Float32Array.of(step + 1), shape: [] },
        rate: { values: Float32Array.of(0.01), shape: [] },
      };
      const ours = await compiled.run(given);
      const expected = eagerly(trainStep(names), given);
      for (const [name, { values }] of Object.entries(expected)) {
        assertNear(ours[name]!, values, 1e-5, `${name} at step ${step}`);
      }
      losses += ours['loss']!.values[0]!;
      for (const name of arrays.keys()) arrays.set(name, ours[`after ${name}`]!);
    }
    assert.ok(losses > 3);
    await compiled.dispose();
  });

  const optimisers: Readonly<Record<string, () => tf.Optimizer>> = {
    sgd: () => tf.train.sgd(0.1),
    momentum: () => tf.train.momentum(0.1, 0.9),
    'momentum of Nesterov': () => tf.train.momentum(0.1, 0.9, true),
    adagrad: () => tf.train.adagrad(0.1),
    adadelta: () => tf.train.adadelta(0.1),
    adam: () => tf.train.adam(0.1),
    adamax: () => tf.train.adamax(0.1),
    rmsprop: () => tf.train.rmsprop(0.1, 0.9, 0.5),
    'rmsprop, centred': () => tf.train.rmsprop(0.1, 0.9, 0.5, undefined, true),
  };
  for (const [name, make] of Object.entries(optimisers)) {
    it(`by tfjs's own ${name} are recorded too, several in one graph`, async () => {
      const steps: Traceable = ({ x, start }) => {
        const weight = tf.variable(start as tf.Tensor);
        const optimiser = make();
        const losses = [1, 2, 3].map((factor) => {
          const fit = () => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), factor)));
          return optimiser.minimize(fit as () => tf.Scalar, true, [weight]) as tf.Scalar;
        });
        const after = tf.add(weight, 0);
        weight.dispose();
        optimiser.dispose();
        return { after, losses: tf.stack(losses) };
      };
      const random = randomNumbers(9);
      const given = (rows: number): Record<string, NumberArray> => ({
        x: { values: Float32Array.from({ length: rows * 3 }, random), shape: [rows, 3] },
        start: { values: Float32Array.from({ length: 6 }, random), shape: [3, 2] },
      });
      const born = tf.memory().numTensors;
      const compiled = await compile(steps, {
        x: { type: 'float32', shape: ['rows', 3] },
        start: { type: 'float32', shape: [3, 2] },
      });
      // tfjs's momentum keeps its learning rate when it is disposed of.
      if (!name.startsWith('momentum')) assert.equal(tf.memory().numTensors, born);
      for (const rows of [1, 4, 9]) {
        const inputs = given(rows);
        const ours = await compiled.run(inputs);
        for (const [output, { values }] of Object.entries(eagerly(steps, inputs))) {
          assertNear(ours[output]!, values, 1e-5, output);
        }
      }
      await compiled.dispose();
    });
  }
});
