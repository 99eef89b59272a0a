/**
 * Whisper's text decoder (openai-whisper model.py, TextDecoder), one step of it: new tokens of several utterances, each of
 * which has its own audio. The caller owns the cache: a step takes the keys and values of the past and returns those of
 * the new tokens only.
 *
 * The tokens of an utterance are a tree: rows of a search have their beginnings in common, and masks tell which tokens a
 * row has read. So a beam that is dropped or doubled moves no numbers. All rows of an utterance are queries of one
 * cross-attention: its keys and values are computed once and read once for all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { batchedProduct } from '../tensors/batched-product.ts';
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

/** Added to a score that does not count: a softmax makes 0 of it. */
export const masked = -1e9;

/** What a step takes: as many rows of each utterance, one token each. Masks are 0 where a row reads, else `masked`. */
export interface DecoderInput {
  /** [utterances, rows], int32. */
  readonly tokens: tf.Tensor2D;
  /** How many tokens a row has before its new one: [utterances, rows], int32. */
  readonly places: tf.Tensor2D;
  /** Which new tokens a row reads, its own among them: [utterances, 1, rows, rows]. */
  readonly among: tf.Tensor4D;
  /** Earlier tokens [utterances, heads, earlier, features] layer by layer, and who reads them; null where there are none. */
  readonly past: { readonly layers: readonly KeysAndValues[]; readonly mask: tf.Tensor4D } | null;
  /** From `encodeKeysAndValues`. */
  readonly audio: readonly KeysAndValues[];
  /** Which positions are an utterance's own, [utterances, 1, 1, positions]; null where all are. */
  readonly audioMask: tf.Tensor4D | null;
}

/** What a step computes. */
export interface DecoderStep {
  /** States after the last layer norm, [utterances, rows, width]; `project` makes logits of them. */
  readonly states: tf.Tensor3D;
  /** Keys and values of the new tokens, layer by layer: [utterances, heads, rows, features]. */
  readonly present: readonly KeysAndValues[];
  /** Cross-attention scores before softmax, layer by layer: [utterances, heads, rows, positions]. */
  readonly crossScores: readonly tf.Tensor4D[];
}

/** Keys and values of the audio for every decoder layer. @param states [1, positions, width] from the encoder. */
export function encodeKeysAndValues(states: tf.Tensor3D, weights: Weights, dimensions: Dimensions): KeysAndValues[] {
  return Array.from({ length: dimensions.decoderLayers }, (_, layer) =>
    keysAndValues(states, weights, `model.decoder.layers.${layer}.encoder_attn`, dimensions.decoderHeads),
  );
}

export function decode(input: DecoderInput, weights: Weights, dimensions: Dimensions): DecoderStep {
  const { tokens, places, among, past, audio, audioMask } = input;
  const heads = dimensions.decoderHeads;
  let x: tf.Tensor3D = tf.add(embed(tokens, weights), placed(places, weights));
  const present: KeysAndValues[] = [];
  const crossScores: tf.Tensor4D[] = [];
  for (let layer = 0; layer < dimensions.decoderLayers; layer++) {
    const name = `model.decoder.layers.${layer}`;

    const own = layerNorm(x, weights, `${name}.self_attn_layer_norm`);
    const added = keysAndValues(own, weights, `${name}.self_attn`, heads);
    const asking = queries(own, weights, `${name}.self_attn`, heads);
    const before = past === null ? null : { ...(past.layers[layer] as KeysAndValues), mask: past.mask };
    x = tf.add(x, linear(mergeHeads(readTokens(asking, before, added, among)), weights, `${name}.self_attn.out_proj`));

    const { keys, values } = audio[layer] as KeysAndValues;
    const listening = layerNorm(x, weights, `${name}.encoder_attn_layer_norm`);
    const scores = attentionScores(queries(listening, weights, `${name}.encoder_attn`, heads), keys);
    const heard = attend(audioMask === null ? scores : tf.add(scores, audioMask), values);
    x = tf.add(x, linear(mergeHeads(heard), weights, `${name}.encoder_attn.out_proj`));

    x = feedForward(x, weights, name);
    present.push(added);
    crossScores.push(scores);
  }
  return { states: layerNorm(x, weights, 'model.decoder.layer_norm'), present, crossScores };
}

/** Self-attention over earlier tokens and the new ones, under one softmax; the two are never copied together. */
function readTokens(
  asking: tf.Tensor4D,
  past: (KeysAndValues & { readonly mask: tf.Tensor4D }) | null,
  added: KeysAndValues,
  among: tf.Tensor4D,
): tf.Tensor4D {
  const near = tf.add<tf.Tensor4D>(attentionScores(asking, added.keys), among);
  if (past === null) return attend(near, added.values);
  const [utterances, heads, rows] = near.shape;
  const earlier = past.mask.shape[3];
  const far = tf.add<tf.Tensor4D>(attentionScores(asking, past.keys), past.mask);
  const shares = tf.softmax(tf.concat([far, near], 3));
  const ofPast = tf.slice(shares, [0, 0, 0, 0], [utterances, heads, rows, earlier]);
  const ofAdded = tf.slice(shares, [0, 0, 0, earlier], [utterances, heads, rows, rows]);
  return tf.add(batchedProduct(ofPast, past.values), batchedProduct(ofAdded, added.values));
}

/** Cross-attention after softmax, mean over some heads ([layer, head]): [utterances, rows, positions]. */
export function meanAttention(
  { crossScores }: DecoderStep,
  audioMask: tf.Tensor4D | null,
  heads: readonly (readonly [number, number])[],
): tf.Tensor3D {
  const mask = audioMask === null ? null : tf.squeeze<tf.Tensor3D>(audioMask, [1]);
  const shares = headScores(crossScores, heads).map((scores) =>
    tf.softmax(mask === null ? scores : tf.add<tf.Tensor3D>(scores, mask)),
  );
  return tf.div<tf.Tensor3D>(tf.addN(shares), heads.length);
}

/** Cross-attention scores before softmax of some heads ([layer, head]), each [utterances, rows, positions]. */
export function headScores(
  crossScores: readonly tf.Tensor4D[],
  heads: readonly (readonly [number, number])[],
): tf.Tensor3D[] {
  return heads.map(([layer, head]) => {
    const scores = crossScores[layer] as tf.Tensor4D;
    const [utterances, , rows, positions] = scores.shape;
    const one = tf.slice(scores, [0, head, 0, 0], [utterances, 1, rows, positions]);
    return tf.reshape(one, [utterances, rows, positions]);
  });
}

/** Logits [rows, n, vocabulary] of decoder states [rows, n, width]: the token embedding read the other way. */
export function project(states: tf.Tensor3D, weights: Weights): tf.Tensor3D {
  return linear(states, weights, 'model.decoder.embed_tokens');
}

/** [rows, n] to [rows, n, width]. The embedding is held as the output projection, so a token's is a column of it. */
export function embed(tokens: tf.Tensor2D, weights: Weights): tf.Tensor3D {
  const embedding = weight(weights, 'model.decoder.embed_tokens.weight') as tf.Tensor2D;
  const columns = tf.gather(embedding, tf.reshape(tokens, [-1]), 1);
  return tf.reshape(tf.transpose(columns), [...tokens.shape, embedding.shape[0]]);
}

/** The embeddings of places [rows, n] in a text: [rows, n, width]. */
function placed(places: tf.Tensor2D, weights: Weights): tf.Tensor3D {
  return tf.gather(weight(weights, 'model.decoder.embed_positions.weight') as tf.Tensor3D, places);
}

/** A mask [1, 1, n, n] for one row of n tokens: each reads those before it and itself. */
export function causalMask(n: number): tf.Tensor4D {
  const place = tf.range(0, n);
  const behind = tf.greater(tf.reshape(place, [1, n]), tf.reshape(place, [n, 1]));
  return tf.reshape(tf.mul(tf.cast(behind, 'float32'), masked), [1, 1, n, n]);
}
