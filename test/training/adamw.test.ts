import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { loadDevice } from '../../src/tensors/backend.ts';
import { adamW, adamWDefaults, type Moments } from '../../src/training/adamw.ts';
import { keepBackend } from '../support/devices.ts';

const gradients = [
  [0.5, -2, 0],
  [-0.25, 1, 0],
  [3, 0.125, 0],
];

/** The weight after a step by each of the gradients. */
function trained(weightDecay: number, rate: number): Float32Array {
  return tf.tidy(() => {
    let weight: tf.Tensor = tf.tensor1d([1, -2, 4]);
    let moments: Moments = { first: tf.zerosLike(weight), second: tf.zerosLike(weight) };
    gradients.forEach((gradient, index) => {
      const options = { ...adamWDefaults, weightDecay };
      const after = adamW(weight, tf.tensor1d(gradient), moments, tf.scalar(index + 1), tf.scalar(rate), options);
      ({ weight, ...moments } = after);
    });
    return weight.dataSync<'float32'>();
  });
}

describe('AdamW', () => {
  keepBackend();
  before(() => loadDevice('tfjs-cpu'));

  it('without decay steps as tfjs’s Adam does', () => {
    const weight = tf.variable(tf.tensor1d([1, -2, 4]));
    const { beta1, beta2, epsilon } = adamWDefaults;
    const adam = tf.train.adam(0.1, beta1, beta2, epsilon);
    for (const gradient of gradients)
      tf.tidy(() => adam.applyGradients([{ name: weight.name, tensor: tf.tensor1d(gradient) }]));
    const expected = weight.dataSync();
    trained(0, 0.1).forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-5));
    adam.dispose();
    weight.dispose();
  });

  it('takes the decay off the weight, not off the gradient', () => {
    // The third has no gradient: three times a hundredth of the rate of what is left.
    assert.ok(Math.abs(trained(0.01, 0.1)[2]! - 4 * (1 - 0.001) ** 3) < 1e-6);
    assert.equal(trained(0, 0.1)[2], 4);
  });
});
