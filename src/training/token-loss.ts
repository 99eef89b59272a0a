/**
 * What a decoder state says of its token, without ever spelling out more than one row of the vocabulary per token: the
 * reference token and the mean over all tokens are products by one vector each, and the gradient of what needs the whole
 * softmax is written by hand, so that the probabilities are computed once and nothing else is as wide as they are.
 */
import * as tf from '@tensorflow/tfjs-core';
import { embed } from '../whisper/decoder.ts';
import { weight, type Weights } from '../whisper/layers.ts';

/** Scores of tokens and the log of what their powers sum to. All [tokens]. */
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- tf.tidy takes no interface
export type TokenScores = {
  /** Score of the reference token. */
  readonly reference: tf.Tensor1D;
  /** Mean score over the vocabulary. */
  readonly mean: tf.Tensor1D;
  /** Score of the most probable token. */
  readonly largest: tf.Tensor1D;
  /** log of the sum of the powers of e: what turns a score into a natural log-probability. */
  readonly normaliser: tf.Tensor1D;
  /** [tokens, groups]: what the softmax gives to each column of `groups`; null where none are asked for. */
  readonly masses: tf.Tensor2D | null;
};

/**
 * @param states [tokens, width], behind the last layer norm.
 * @param next [tokens], int32: the reference tokens.
 * @param groups [vocabulary, groups] of 0 and 1; null to leave the masses out.
 */
export function tokenScores(
  states: tf.Tensor2D,
  next: tf.Tensor1D,
  weights: Weights,
  groups: tf.Tensor2D | null,
): TokenScores {
  const embedding = weight(weights, 'model.decoder.embed_tokens.weight') as tf.Tensor2D;
  const [tokens, width] = states.shape;
  const own = tf.reshape(embed(tf.reshape(next, [tokens, 1]), weights), [tokens, width]);
  const middle = tf.mean(embedding, 1, true);
  const sums = softmaxSums(states, embedding, groups);
  return {
    reference: tf.sum(tf.mul(states, own), 1),
    mean: tf.reshape(tf.matMul(states, middle as tf.Tensor2D), [tokens]),
    largest: tf.max(tf.matMul(states, embedding), 1),
    normaliser: tf.reshape(tf.slice(sums, [0, 0], [tokens, 1]), [tokens]),
    masses: groups === null ? null : tf.slice(sums, [0, 1], [tokens, groups.shape[1]]),
  };
}

/**
 * Cross-entropy of each token against (1 - smoothing) of the reference and smoothing of all tokens alike (Szegedy et al.
 * 2016, section 7): [tokens].
 */
export function smoothedCrossEntropy({ reference, mean, normaliser }: TokenScores, smoothing: number): tf.Tensor1D {
  return tf.sub(tf.sub(normaliser, tf.mul(reference, 1 - smoothing)), tf.mul(mean, smoothing));
}

/** [tokens, 1 + groups]: the normaliser and the masses. Its gradient needs the states and nothing of the embedding. */
function softmaxSums(states: tf.Tensor2D, embedding: tf.Tensor2D, groups: tf.Tensor2D | null): tf.Tensor2D {
  const sums = tf.customGrad((given, save) => {
    const scores = tf.matMul(given as tf.Tensor2D, embedding);
    const largest = tf.max(scores, 1, true);
    const powers = tf.exp(tf.sub(scores, largest));
    const sum = tf.sum(powers, 1, true);
    const normaliser = tf.add<tf.Tensor2D>(largest, tf.log(sum));
    const masses = groups === null ? null : tf.div<tf.Tensor2D>(tf.matMul(powers, groups), sum);
    (save as tf.GradSaveFunc)([
      powers,
      sum,
      embedding,
      ...(masses === null || groups === null ? [] : [masses, groups]),
    ]);
    return {
      value: masses === null ? normaliser : tf.concat([normaliser, masses], 1),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => {
        const [all, total, vectors, shares, columnsOf] = saved as [
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor2D | undefined,
          tf.Tensor2D | undefined,
        ];
        const [tokens, columns] = gradient.shape as [number, number];
        const ofNormaliser = tf.slice(gradient as tf.Tensor2D, [0, 0], [tokens, 1]);
        if (shares === undefined || columnsOf === undefined) {
          // The scale of a row commutes with the product: one walk over the widest matrix less.
          return tf.mul(tf.matMul(all, vectors, false, true), tf.div(ofNormaliser, total));
        }
        const ofMasses = tf.slice(gradient as tf.Tensor2D, [0, 1], [tokens, columns - 1]);
        const mean = tf.sum(tf.mul(ofMasses, shares), 1, true);
        const each = tf.add(tf.matMul(ofMasses, columnsOf, false, true), tf.sub(ofNormaliser, mean));
        return tf.mul(tf.matMul(tf.mul<tf.Tensor2D>(all, each), vectors, false, true), tf.div(1, total));
      },
    };
  });
  return sums(states);
}
