import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../../src/tensors/backend.ts';
import { gaussianDivergence, meanDistance, targetsOf, withLowRank } from '../../src/training/low-rank.ts';
import { linear } from '../../src/whisper/layers.ts';
import { keepBackend } from '../support/devices.ts';
import { assertGradients } from '../support/finite-differences.ts';
import { tinyDimensions } from '../support/tiny-model.ts';

describe('a low-rank adapter', () => {
  keepBackend();
  before(() => loadDevice('tfjs-cpu'));

  const target = { name: 'a', input: 2, output: 2 };
  const base = () => new Map([['a.weight', tf.tensor2d([1, 2, 3, 4], [2, 2])]]);
  const trained = (deviation: number) =>
    new Map<string, tf.Tensor>([
      ['a.lora_A', tf.tensor2d([0.5, -1], [2, 1])],
      ['a.lora_B', tf.tensor2d([2, 3], [1, 2])],
      ['a.deviation', tf.zeros([2, 1])],
      ['a.deviation.bias', tf.tensor1d([deviation])],
      ['a.prior.mean', tf.tensor1d([0])],
      ['a.prior.deviation', tf.tensor1d([0])],
    ]);
  const x = () => tf.tensor3d([1, 2, -1, 1], [2, 1, 2]);
  const options = { rank: 1, scale: 0.5, variational: true };
  /** x W + 0.5 (x A + noise) B, by hand. */
  const expected = (noise: readonly number[]) =>
    [
      [7, 10, -1.5],
      [2, 2, -1.5],
    ].flatMap(([first, second, narrow], row) => [
      first! + (narrow! + noise[row]!),
      second! + 1.5 * (narrow! + noise[row]!),
    ]);
  const near = (found: ArrayLike<number>, wanted: readonly number[], within = 1e-5) =>
    wanted.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < within, `${found[i]!} for ${value}`));

  it('adds scale (x A) B; used, the variational form is the plain one', () => {
    tf.tidy(() => {
      const weights = withLowRank(base(), [target], options, trained(1));
      near(linear(x(), weights, 'a').dataSync(), expected([0, 0]));
    });
  });

  it('in training gives B a draw from the Gaussian, whose deviation the softplus makes', () => {
    tf.tidy(() => {
      const drawn = tf.tensor2d([1, -2], [2, 1]);
      const deviation = Math.log(1 + Math.exp(0.3));
      const weights = withLowRank(base(), [target], options, trained(0.3), { kept: null, drawn });
      near(linear(x(), weights, 'a').dataSync(), expected([deviation, -2 * deviation]));
      const still = withLowRank(base(), [target], options, trained(-40), { kept: null, drawn });
      near(linear(x(), still, 'a').dataSync(), expected([0, 0]), 1e-4);
    });
  });

  it('hides features from the adapter alone', () => {
    tf.tidy(() => {
      const kept = tf.tensor2d([0, 0, 0, 0], [2, 2]);
      const weights = withLowRank(base(), [target], options, trained(1), { kept, drawn: null });
      assert.deepEqual([...linear(x(), weights, 'a').dataSync()], [7, 10, 2, 2]);
    });
  });

  it('finds its targets by name, in the order of computation', () => {
    const names = (pattern: RegExp, parts: readonly ('encoder' | 'decoder')[]) =>
      targetsOf(tinyDimensions, pattern, parts).map(({ name }) => name);
    assert.equal(names(/\.(q|k|v|out)_proj$/, ['encoder', 'decoder']).length, 2 * 4 + 2 * 8);
    assert.deepEqual(names(/^decoder\.layers\.1.*fc/, ['encoder', 'decoder']), [
      'model.decoder.layers.1.fc1',
      'model.decoder.layers.1.fc2',
    ]);
    assert.deepEqual(names(/^decoder/, ['encoder']), []);
    assert.ok(names(/./, ['encoder', 'decoder']).every((name) => !/embed|conv|norm/.test(name)));
  });

  const gaussians = (mean: number, deviation: number, priorMean: number, priorDeviation: number) => ({
    mean: tf.tensor2d([[mean]]),
    deviation: tf.tensor2d([[deviation]]),
    priorMean: tf.tensor1d([priorMean]),
    priorDeviation: tf.tensor1d([priorDeviation]),
  });

  it('is as far from its prior as numerical integration says; 0 from itself', () => {
    const density = (z: number, mean: number, deviation: number) =>
      Math.exp(-(((z - mean) / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI));
    for (const [mean, deviation, priorMean, priorDeviation] of [
      [0.3, 0.5, -0.2, 1.2],
      [1, 2, 1, 0.7],
    ] as const) {
      let integral = 0;
      const step = 1e-3;
      for (let z = mean - 10 * deviation; z < mean + 10 * deviation; z += step) {
        const p = density(z, mean, deviation);
        if (p > 0) integral += step * p * Math.log(p / density(z, priorMean, priorDeviation));
      }
      const found = tf.tidy(
        () => gaussianDivergence(gaussians(mean, deviation, priorMean, priorDeviation)).dataSync()[0]!,
      );
      assert.ok(Math.abs(found - integral) < 1e-3, `${found} instead of ${integral}`);
    }
    tf.tidy(() => {
      assert.ok(Math.abs(gaussianDivergence(gaussians(0.3, 0.5, 0.3, 0.5)).dataSync()[0]!) < 1e-6);
      assert.ok(Math.abs(meanDistance(gaussians(0.3, 0.5, 0.1, 9)).dataSync()[0]! - 0.04) < 1e-6);
    });
  });

  it('has losses with the gradients of finite differences', () => {
    const of = (loss: typeof gaussianDivergence) =>
      assertGradients([[0.3], [0.5], [-0.2], [1.2]], (mean, deviation, priorMean, priorDeviation) =>
        loss({
          mean: tf.reshape<tf.Rank.R2>(mean, [1, 1]),
          deviation: tf.reshape<tf.Rank.R2>(deviation, [1, 1]),
          priorMean: priorMean as tf.Tensor1D,
          priorDeviation: priorDeviation as tf.Tensor1D,
        }),
      );
    of(gaussianDivergence);
  });
});
