/**
 * Losses of language awareness (method-specs 1.6, recommended), as pure functions over tensors. Rows are tokens of the
 * reference under teacher forcing; `mask` is 1 for text and 0 for prompt and padding, and every mean is per text token.
 */
import * as tf from '@tensorflow/tfjs-core';
import '../tensors/gradients.ts';

/** The same floor on every probability whose logarithm is taken, as in decoding. */
const floor = 1e-8;

/** The identity, through which no gradient flows back: the gradient of what is in front of it is exactly 0. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const identity = tf.customGrad((value) => ({
    value: (value as tf.Tensor).clone(),
    gradFunc: (gradient: tf.Tensor) => tf.zerosLike(gradient),
  }));
  return identity(x) as T;
}

/**
 * a, the model's own probability of each class.
 * @param logits tokens x vocabulary.
 * @param classes vocabulary x classes: 1 where the token is of the class. Rows sum to 1.
 * @returns tokens x classes.
 */
export function classMarginals(logits: tf.Tensor2D, classes: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.matMul(tf.softmax(logits), classes));
}

/**
 * KL(p || r) per text token. Both are floored and summed up to 1 again, so that it is never below 0.
 * @param p tokens x classes.
 * @param r tokens x classes.
 * @param mask tokens.
 */
export function divergence(p: tf.Tensor2D, r: tf.Tensor2D, mask: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const mine = floored(p);
    const each = tf.sum(tf.mul(mine, tf.sub(tf.log(mine), tf.log(floored(r)))), 1);
    return meanOver(each as tf.Tensor1D, mask);
  });
}

/** KL(q || a) that moves the model towards the calibrator: q is taken as it is. */
export function modelToCalibrator(a: tf.Tensor2D, q: tf.Tensor2D, mask: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => divergence(stopGradient(q), a, mask));
}

/** KL(a || q) that moves the calibrator towards the model: a is taken as it is. */
export function calibratorToModel(a: tf.Tensor2D, q: tf.Tensor2D, mask: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => divergence(stopGradient(a), q, mask));
}

/**
 * -log q of the true class.
 * @param labels tokens x classes, one-hot.
 * @param weights classes: inverse to how often a class occurs; their scale does not matter.
 */
export function languageLoss(q: tf.Tensor2D, labels: tf.Tensor2D, weights: tf.Tensor1D, mask: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const weight = tf.mul<tf.Tensor1D>(mask, tf.sum(tf.mul(labels, weights), 1));
    return meanOver(minusLogOf(q, labels), weight);
  });
}

/**
 * Squared distance of q to the true class, summed over classes: the published L_l.
 * @param labels tokens x classes, one-hot.
 */
export function squaredLanguageLoss(q: tf.Tensor2D, labels: tf.Tensor2D, mask: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => meanOver(tf.sum(tf.squaredDifference(q, labels), 1), mask));
}

/**
 * -log of the reference token after replacement at weight 1 (E2: log p - log a + log q). a is taken as it is, so that the
 * model learns the token within its language, and the calibrator the language.
 * @param logProbabilities tokens: log p of each reference token.
 * @param labels tokens x classes, one-hot.
 */
export function replacementLoss(
  logProbabilities: tf.Tensor1D,
  a: tf.Tensor2D,
  q: tf.Tensor2D,
  labels: tf.Tensor2D,
  mask: tf.Tensor1D,
): tf.Scalar {
  return tf.tidy(() => {
    const change = tf.sub(minusLogOf(q, labels), minusLogOf(stopGradient(a), labels));
    return meanOver(tf.sub(change, logProbabilities), mask);
  });
}

/** -log of the probability of each row's one class. */
function minusLogOf(probabilities: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor1D {
  const own = tf.sum(tf.mul(probabilities, labels), 1);
  return tf.neg(tf.log(tf.maximum(own, floor)));
}

function floored(p: tf.Tensor2D): tf.Tensor2D {
  const raised = tf.maximum(p, floor);
  return tf.div(raised, tf.sum(raised, 1, true));
}

/** Mean of the rows that the weights let through; 0 where they let none. */
function meanOver(values: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(tf.mul(values, weights)), tf.maximum(tf.sum(weights), floor));
}
