/** AdamW (Loshchilov and Hutter 2019, algorithm 2), one step of one weight, as a pure function over tensors. */
import * as tf from '@tensorflow/tfjs-core';

export interface AdamWOptions {
  /** How much of the running mean of gradients stays a step. */
  readonly beta1: number;
  /** How much of the running mean of squared gradients stays a step. */
  readonly beta2: number;
  /** Added to the root, so that a weight without a gradient stands. */
  readonly epsilon: number;
  /** Part of a weight that a step takes away, times the learning rate. */
  readonly weightDecay: number;
}

/** PyTorch's. */
export const adamWDefaults: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** Running means of the gradient and of its square, both of the weight's shape and 0 at first. */
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- tf.tidy takes no interface
export type Moments = {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
};

/**
 * @param step Which step this is, from 1 on, and `learningRate`: tensors, so that a compiled step takes them as inputs.
 * @returns The weight and the moments after the step.
 */
export function adamW(
  weight: tf.Tensor,
  gradient: tf.Tensor,
  moments: Moments,
  step: tf.Scalar,
  learningRate: tf.Scalar,
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions = adamWDefaults,
): Moments & { readonly weight: tf.Tensor } {
  return tf.tidy(() => {
    const first = tf.add(tf.mul(moments.first, beta1), tf.mul(gradient, 1 - beta1));
    const second = tf.add(tf.mul(moments.second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    // Both means began at 0, and are made as large as if they had not.
    const unbiased = (mean: tf.Tensor, beta: number) => tf.div(mean, tf.sub(1, tf.pow(beta, step)));
    const direction = tf.div(unbiased(first, beta1), tf.add(tf.sqrt(unbiased(second, beta2)), epsilon));
    const kept = tf.mul(weight, tf.sub(1, tf.mul(learningRate, weightDecay)));
    return { weight: tf.sub(kept, tf.mul(learningRate, direction)), first, second };
  });
}
