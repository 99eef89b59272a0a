/**
 * Whisper's text decoder (openai-whisper model.py, TextDecoder), one step of it: new tokens for rows of prefixes that
 * share one window of audio. The caller owns the cache: a step takes the keys and values of the past and returns those
 * of the new tokens only.
 *
 * All rows are queries of one cross-attention, so the encoder's keys and values are computed once and read once for all
 * of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Dimensions } from './dimensions.ts';
import {
  attend,
  attentionScores,
  feedForward,
  keysAndValues,
  layerNorm,
  linear,
  mergeHeads,
  queries,
  weight,
  type KeysAndValues,
  type Weights,
} from './layers.ts';

/** What a step computes. */
export interface DecoderStep {
  /** States after the last layer norm, [rows, n, width]; `project` makes logits of them. */
  readonly states: tf.Tensor3D;
  /** Keys and values of the new tokens, layer by layer: [rows, heads, n, features]. */
  readonly present: readonly KeysAndValues[];
  /** Cross-attention scores before softmax, layer by layer: [1, heads, rows * n, audio positions]. */
  readonly crossScores: readonly tf.Tensor4D[];
}

/** Keys and values of the audio for every decoder layer. @param states [1, positions, width] from the encoder. */
export function encodeKeysAndValues(states: tf.Tensor3D, weights: Weights, dimensions: Dimensions): KeysAndValues[] {
  return Array.from({ length: dimensions.decoderLayers }, (_, layer) =>
    keysAndValues(states, weights, `model.decoder.layers.${layer}.encoder_attn`, dimensions.decoderHeads),
  );
}

/**
 * @param tokens [rows, n] int32.
 * @param past Keys and values of the tokens before, layer by layer; empty at the start.
 * @param audio From `encodeKeysAndValues`.
 */
export function decode(
  tokens: tf.Tensor2D,
  past: readonly KeysAndValues[],
  audio: readonly KeysAndValues[],
  weights: Weights,
  dimensions: Dimensions,
): DecoderStep {
  const { width, decoderHeads: heads } = dimensions;
  const [rows, n] = tokens.shape;
  const before = past[0]?.keys.shape[2] ?? 0;
  const mask = n > 1 ? causalMask(n, before) : undefined;
  const positions = weight(weights, 'model.decoder.embed_positions.weight') as tf.Tensor2D;
  let x: tf.Tensor3D = tf.add(embed(tokens, weights), tf.slice(positions, [before, 0], [n, width]));
  const present: KeysAndValues[] = [];
  const crossScores: tf.Tensor4D[] = [];
  for (let layer = 0; layer < dimensions.decoderLayers; layer++) {
    const name = `model.decoder.layers.${layer}`;

    const own = layerNorm(x, weights, `${name}.self_attn_layer_norm`);
    const added = keysAndValues(own, weights, `${name}.self_attn`, heads);
    const { keys, values } = append(past[layer], added);
    const scores = attentionScores(queries(own, weights, `${name}.self_attn`, heads), keys);
    const read = attend(mask === undefined ? scores : tf.add(scores, mask), values);
    x = tf.add(x, linear(mergeHeads(read), weights, `${name}.self_attn.out_proj`));

    const cross = audio[layer] as KeysAndValues;
    const asking = layerNorm(x, weights, `${name}.encoder_attn_layer_norm`);
    const asOneRow = tf.reshape<tf.Rank.R3>(asking, [1, rows * n, width]);
    const audioScores = attentionScores(queries(asOneRow, weights, `${name}.encoder_attn`, heads), cross.keys);
    const heard = linear(mergeHeads(attend(audioScores, cross.values)), weights, `${name}.encoder_attn.out_proj`);
    x = tf.add(x, tf.reshape(heard, [rows, n, width]));

    x = feedForward(x, weights, name);
    present.push(added);
    crossScores.push(audioScores);
  }
  return { states: layerNorm(x, weights, 'model.decoder.layer_norm'), present, crossScores };
}

/** Cross-attention after softmax, mean over some heads ([layer, head]): [rows * n, audio positions]. */
export function meanAttention(
  { crossScores }: DecoderStep,
  heads: readonly (readonly [number, number])[],
): tf.Tensor2D {
  const weights = headScores(crossScores, heads).map((scores) => tf.softmax(scores));
  return tf.div(tf.addN(weights), weights.length);
}

/** Cross-attention scores before softmax of some heads ([layer, head]), each [rows * n, audio positions]. */
export function headScores(
  crossScores: readonly tf.Tensor4D[],
  heads: readonly (readonly [number, number])[],
): tf.Tensor2D[] {
  return heads.map(([layer, head]) => {
    const scores = crossScores[layer] as tf.Tensor4D;
    const [, , asking, asked] = scores.shape;
    return tf.reshape(tf.slice(scores, [0, head, 0, 0], [1, 1, asking, asked]), [asking, asked]);
  });
}

/** Logits [rows, n, vocabulary] of decoder states [rows, n, width]: the token embedding read the other way. */
export function project(states: tf.Tensor3D, weights: Weights): tf.Tensor3D {
  return linear(states, weights, 'model.decoder.embed_tokens');
}

/** Keys and values of the past with the new ones behind them. */
export function append(past: KeysAndValues | undefined, added: KeysAndValues): KeysAndValues {
  if (past === undefined) return added;
  return { keys: tf.concat([past.keys, added.keys], 2), values: tf.concat([past.values, added.values], 2) };
}

/** [rows, n] to [rows, n, width]. The embedding is held as the output projection, so a token's is a column of it. */
export function embed(tokens: tf.Tensor2D, weights: Weights): tf.Tensor3D {
  const embedding = weight(weights, 'model.decoder.embed_tokens.weight') as tf.Tensor2D;
  const columns = tf.gather(embedding, tf.reshape(tokens, [-1]), 1);
  return tf.reshape(tf.transpose(columns), [...tokens.shape, embedding.shape[0]]);
}

/** [n, before + n]: 0 where a token may look, a large negative number at the tokens behind it. */
function causalMask(n: number, before: number): tf.Tensor2D {
  const asking = tf.reshape(tf.range(before, before + n), [n, 1]);
  const asked = tf.reshape(tf.range(0, before + n), [1, before + n]);
  return tf.mul(tf.cast(tf.greater(asked, asking), 'float32'), -1e9);
}
