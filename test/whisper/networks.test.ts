import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice, type DeviceName } from '../../src/tensors/backend.ts';
import { causalMask, decode, encodeKeysAndValues, project } from '../../src/whisper/decoder.ts';
import { openSession } from '../../src/whisper/decoder-session.ts';
import type { StepOutput } from '../../src/whisper/speech-model.ts';
import { weightShapes } from '../../src/whisper/dimensions.ts';
import { encode } from '../../src/whisper/encoder.ts';
import { loadWeights, type WeightSource } from '../../src/whisper/weights.ts';
import { keepBackend, workingDevices } from '../support/devices.ts';
import { plainWhisper } from '../support/plain-whisper.ts';
import { randomNumbers, tinyDimensions, tinyWeights } from '../support/tiny-model.ts';

const dimensions = tinyDimensions;
const stored = tinyWeights();
const source: WeightSource = {
  path: 'random weights',
  shapes: weightShapes(dimensions),
  read: (name) => Promise.resolve(stored.get(name)!),
  close: () => Promise.resolve(),
};
const plain = plainWhisper(stored, dimensions);
const next = randomNumbers(7);
const frames = 40;
const logMel = Float32Array.from({ length: dimensions.bands * frames }, next);
const states = plain.encode(logMel, frames);
const flatStates = Float32Array.from(states.flat());
const tokens = [261, 263, 5, 100, 17, 259, 42];

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  assert.ok(worst <= tolerance, `differs by ${worst}, more than ${tolerance}`);
}

const softmax = (scores: readonly number[]): number[] => {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

/** Log-probabilities behind each prefix of a row of tokens. */
const saidOf = (row: readonly number[]) => plain.decode(row, states).logits.map((row) => softmax(row).map(Math.log));

describe('the networks on every device', () => {
  keepBackend();
  let devices: DeviceName[] = [];
  before(async () => {
    devices = await workingDevices();
  });
  const onEvery = async (check: (weights: Map<string, tf.Tensor>) => Promise<void> | void) => {
    for (const device of devices) {
      await loadDevice(device);
      const born = tf.memory().numTensors;
      const weights = await loadWeights(source, dimensions);
      await check(weights);
      assert.equal(tf.memory().numTensors, born + weights.size, `tensors are left on ${device}`);
      tf.dispose([...weights.values()]);
      assert.equal(tf.memory().numTensors, born);
    }
  };

  it('encode like plain loops in 64 bits, to 1e-4', () =>
    onEvery((weights) => {
      const ours = tf.tidy(() =>
        encode(tf.tensor3d(logMel, [1, dimensions.bands, frames]), weights, dimensions).dataSync<'float32'>(),
      );
      assertClose(ours, flatStates, 1e-4);
    }));

  it('encode a batch as its rows, and a short window with the first positions', () =>
    onEvery((weights) => {
      const short = 12;
      const one = Float32Array.from({ length: dimensions.bands * short }, next);
      const two = Float32Array.from({ length: dimensions.bands * short }, next);
      const ours = tf.tidy(() =>
        encode(tf.tensor3d([...one, ...two], [2, dimensions.bands, short]), weights, dimensions).dataSync<'float32'>(),
      );
      assertClose(ours, [...plain.encode(one, short), ...plain.encode(two, short)].flat(), 1e-4);
    }));

  it('decode all tokens at once like plain loops, scores of cross-attention too, to 1e-4', () =>
    onEvery((weights) => {
      const expected = plain.decode(tokens, states);
      tf.tidy(() => {
        const audio = encodeKeysAndValues(
          tf.tensor3d(flatStates, [1, frames / 2, dimensions.width]),
          weights,
          dimensions,
        );
        const ids = tf.tensor2d(tokens, [1, tokens.length], 'int32');
        const places = tf.expandDims<tf.Tensor2D>(tf.range(0, tokens.length, 1, 'int32'));
        const among = causalMask(tokens.length);
        const input = { tokens: ids, places, among, past: null, audio, audioMask: null };
        const step = decode(input, weights, dimensions);
        assertClose(project(step.states, weights).dataSync(), expected.logits.flat(), 1e-4);
        step.crossScores.forEach((scores, layer) =>
          assertClose(scores.dataSync(), expected.scores[layer]!.flat(2), 1e-4),
        );
      });
    }));

  it('decode token by token, with rows that are continued, dropped and doubled, like each row alone', () =>
    onEvery(async (weights) => {
      const session = openSession(flatStates, frames / 2, weights, dimensions);
      const [first, last] = await session.prefill([[261, 263, 8]], [0, 2]);
      assertClose(first!.logProbabilities!, saidOf([261, 263, 8])[0]!, 1e-4);
      assertClose(last!.logProbabilities!, saidOf([261, 263, 8])[2]!, 1e-4);
      let rows = [[261, 263, 8]];
      for (const [parents, added] of [
        [
          [0, 0, 0],
          [1, 2, 3],
        ],
        [
          [2, 0],
          [4, 5],
        ],
        [
          [0, 1],
          [6, 7],
        ],
        [
          [1, 1, 0, 1],
          [8, 9, 10, 11],
        ],
      ] as const) {
        rows = parents.map((parent, row) => [...rows[parent]!, added[row]!]);
        const { logProbabilities } = await session.step(Int32Array.from(parents), Int32Array.from(added));
        assertClose(
          logProbabilities!,
          rows.flatMap((row) => saidOf(row).at(-1)!),
          1e-4,
        );
        const repeated = await session.again();
        assertClose(repeated.logProbabilities!, logProbabilities!, 1e-5);
        // The arrays are the caller's.
        repeated.logProbabilities!.fill(0);
      }
      const [again] = await session.prefill([[261, 259]], [1]);
      assertClose(again!.logProbabilities!, saidOf([261, 259])[1]!, 1e-4);
      assert.deepEqual([again!.states, again!.attention], [null, null]);
      session.dispose();
    }));

  it('take several prompts as rows, and tell states and mean attention of chosen heads where asked', () =>
    onEvery(async (weights) => {
      const heads = [
        [0, 3],
        [1, 1],
      ] as const;
      const session = openSession(flatStates, frames / 2, weights, dimensions, {
        states: true,
        heads,
      });
      const check = (output: StepOutput | undefined, rows: readonly (readonly number[])[]): void => {
        const expected = rows.map((row) => plain.decode(row, states));
        assertClose(
          output!.logProbabilities!,
          expected.flatMap(({ logits }) => softmax(logits.at(-1)!).map(Math.log)),
          1e-4,
        );
        assertClose(
          output!.states!,
          expected.flatMap((one) => one.states.at(-1)!),
          1e-4,
        );
        const attention = expected.flatMap(({ scores }) => {
          const weights = heads.map(([layer, head]) => softmax(scores[layer]![head]!.at(-1)!));
          return weights[0]!.map((weight, i) => (weight + weights[1]![i]!) / 2);
        });
        assertClose(output!.attention!, attention, 1e-5);
      };
      const prompts = [
        [261, 263, 8],
        [261, 264, 8],
        [261, 17, 9],
      ];
      const [early, late] = await session.prefill(prompts, [1, 2]);
      check(
        early,
        prompts.map((prompt) => prompt.slice(0, 2)),
      );
      check(late, prompts);
      check(await session.again(), prompts);
      check(await session.step(Int32Array.of(2, 0, 0), Int32Array.of(1, 2, 3)), [
        [...prompts[2]!, 1],
        [...prompts[0]!, 2],
        [...prompts[0]!, 3],
      ]);
      session.dispose();
    }));
});

describe('a decoder session', () => {
  keepBackend();
  let weights = new Map<string, tf.Tensor>();
  before(async () => {
    await loadDevice('tfjs-wasm');
    weights = await loadWeights(source, dimensions);
  });
  after(() => tf.dispose([...weights.values()]));

  it('refuses what its contract forbids', async () => {
    const session = openSession(flatStates, frames / 2, weights, dimensions);
    await assert.rejects(session.step(Int32Array.of(0), Int32Array.of(1)), /begins with prefill/);
    await assert.rejects(session.prefill([new Array<number>(25).fill(1)], [0]), /25 tokens do not fit 24/);
    await assert.rejects(session.prefill([[1, 2], [1]], [0]), /differ in length/);
    await session.prefill([new Array<number>(23).fill(1)], [22]);
    await assert.rejects(session.step(Int32Array.of(1), Int32Array.of(1)), /Only 1 rows/);
    await session.step(Int32Array.of(0), Int32Array.of(1));
    await assert.rejects(session.step(Int32Array.of(0), Int32Array.of(1)), /at most 24 tokens/);
    session.dispose();
  });
});
