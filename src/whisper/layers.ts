/**
 * The layers that Whisper's encoder and decoder are made of: pure functions over tensors and named weights, with static
 * shapes and no value read back, so that the same functions run eagerly on any tfjs backend and under a backend that
 * records them.
 *
 * Weights carry Hugging Face's names. Those of linear maps are held transposed, [in, out], because every backend is
 * fastest at plain products (weights.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { batchedAttention, batchedProduct } from '../tensors/batched-product.ts';

/** Named weights, and what an adapter adds to linear maps. A plain map of weights is one without adapter. */
export interface Weights {
  get(name: string): tf.Tensor | undefined;
  /** What is added to the result of a linear map for its input [rows, positions, in]; null for nothing. */
  readonly added?: (name: string, x: tf.Tensor3D) => tf.Tensor3D | null;
}

/** Keys and values of attention, each [rows, heads, positions, width / heads]. */
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- tf.tidy takes no interface
export type KeysAndValues = {
  readonly keys: tf.Tensor4D;
  readonly values: tf.Tensor4D;
};

/** @throws Error when the network asks for a weight that was not loaded: a bug, since loading checks all names. */
export function weight(weights: Weights, name: string): tf.Tensor {
  const found = weights.get(name);
  if (found === undefined) throw new Error(`The weights hold no ${name}.`);
  return found;
}

/** x [rows, positions, in] to [rows, positions, out]; the bias is left out where there is none. */
export function linear(x: tf.Tensor3D, weights: Weights, name: string): tf.Tensor3D {
  const [rows, positions, input] = x.shape;
  const kernel = weight(weights, `${name}.weight`) as tf.Tensor2D;
  const product = tf.matMul(tf.reshape(x, [rows * positions, input]), kernel);
  const bias = weights.get(`${name}.bias`);
  const sum = bias === undefined ? product : tf.add<tf.Tensor2D>(product, bias);
  const result = tf.reshape<tf.Rank.R3>(sum, [rows, positions, kernel.shape[1]]);
  const added = weights.added?.(name, x) ?? null;
  return added === null ? result : tf.add(result, added);
}

/**
 * Over the last axis, with PyTorch's epsilon. Its gradient keeps nothing but x: what is small to compute again would stay in
 * memory for a whole step.
 */
export function layerNorm(x: tf.Tensor3D, weights: Weights, name: string): tf.Tensor3D {
  const normalised = tf.customGrad((...given) => {
    const [input, scale, offset, save] = given as [tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    save([input, scale]);
    const centred = tf.sub(input, tf.mean(input, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)));
    return {
      value: tf.add(tf.mul(normal, scale), offset),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) =>
        layerNormGradients(gradient, saved[0] as tf.Tensor, saved[1] as tf.Tensor),
    };
  });
  return normalised(x, weight(weights, `${name}.weight`), weight(weights, `${name}.bias`)) as tf.Tensor3D;
}

/** By x, scale and offset. Written otherwise than the forward pass, so that the compiler does not take the two for one and keep it. */
function layerNormGradients(gradient: tf.Tensor, x: tf.Tensor, scale: tf.Tensor): tf.Tensor[] {
  const centred = tf.add(x, tf.neg(tf.mean(x, -1, true)));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
  const normal = tf.mul(centred, inverse);
  const scaled = tf.mul(gradient, scale);
  const along = tf.mul(normal, tf.mean(tf.mul(scaled, normal), -1, true));
  const byInput = tf.mul(tf.sub(tf.sub(scaled, tf.mean(scaled, -1, true)), along), inverse);
  return [byInput, tf.sum(tf.mul(gradient, normal), [0, 1]), tf.sum(gradient, [0, 1])];
}

/** The exact form, by the error function; Whisper was not trained with the one by tanh. Its gradient keeps x alone. */
export function gelu<T extends tf.Tensor>(x: T): T {
  const activated = tf.customGrad((given, save) => {
    const input = given as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.mul(tf.mul(input, 0.5), tf.add(tf.erf(tf.mul(input, Math.SQRT1_2)), 1)),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => tf.mul(gradient, geluSlope(saved[0] as tf.Tensor)),
    };
  });
  return activated(x) as T;
}

/** Phi(x) + x phi(x), of the standard normal distribution. */
function geluSlope(x: tf.Tensor): tf.Tensor {
  const z = tf.div(x, Math.SQRT2);
  const density = tf.mul(tf.exp(tf.neg(tf.mul(z, z))), 1 / Math.sqrt(2 * Math.PI));
  return tf.add(tf.add(tf.mul(tf.erf(z), 0.5), 0.5), tf.mul(x, density));
}

/** [rows, positions, width] to [rows, heads, positions, width / heads]. */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [rows, positions, width] = x.shape;
  return tf.transpose(tf.reshape(x, [rows, positions, heads, width / heads]), [0, 2, 1, 3]);
}

/** [rows, heads, positions, features] to [rows, positions, heads * features]. */
export function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [rows, heads, positions, features] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [rows, positions, heads * features]);
}

/** Queries [rows, heads, positions, features], scaled by 1 / sqrt(features). */
export function queries(x: tf.Tensor3D, weights: Weights, name: string, heads: number): tf.Tensor4D {
  const scale = 1 / Math.sqrt(x.shape[2] / heads);
  return splitHeads(tf.mul(linear(x, weights, `${name}.q_proj`), scale), heads);
}

export function keysAndValues(x: tf.Tensor3D, weights: Weights, name: string, heads: number): KeysAndValues {
  return {
    keys: splitHeads(linear(x, weights, `${name}.k_proj`), heads),
    values: splitHeads(linear(x, weights, `${name}.v_proj`), heads),
  };
}

/** Scores [rows, heads, queries, keys] before softmax. */
export function attentionScores(query: tf.Tensor4D, keys: tf.Tensor4D): tf.Tensor4D {
  return batchedProduct(query, keys, true) as tf.Tensor4D;
}

/** The values under the softmax of the scores: [rows, heads, queries, features]. */
export function attend(scores: tf.Tensor4D, values: tf.Tensor4D): tf.Tensor4D {
  return batchedProduct(tf.softmax(scores), values) as tf.Tensor4D;
}

/** Both in one, where nobody asks for the scores. */
export function attention(query: tf.Tensor4D, { keys, values }: KeysAndValues): tf.Tensor4D {
  return batchedAttention(query, keys, values) as tf.Tensor4D;
}

/** x and what its feed-forward block adds to it. */
export function feedForward(x: tf.Tensor3D, weights: Weights, name: string): tf.Tensor3D {
  const inner = gelu(linear(layerNorm(x, weights, `${name}.final_layer_norm`), weights, `${name}.fc1`));
  return tf.add(x, linear(inner, weights, `${name}.fc2`));
}
