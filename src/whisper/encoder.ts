/** Whisper's audio encoder (Radford et al. 2022; openai-whisper model.py, AudioEncoder). */
import * as tf from '@tensorflow/tfjs-core';
import type { Dimensions } from './dimensions.ts';
import {
  attention,
  feedForward,
  gelu,
  keysAndValues,
  layerNorm,
  linear,
  mergeHeads,
  queries,
  weight,
  type Weights,
} from './layers.ts';

/**
 * Encoder states of log-mel windows.
 * @param logMel [rows, bands, frames]; frames even, at most twice `audioPositions`. A shorter window uses the first
 *   positions, as a window that begins at the same time does.
 * @returns [rows, frames / 2, width]
 */
export function encode(logMel: tf.Tensor3D, weights: Weights, dimensions: Dimensions): tf.Tensor3D {
  const frames = tf.transpose(logMel, [0, 2, 1]);
  const first = gelu(convolve(frames, weights, 'model.encoder.conv1', 1));
  const second = gelu(convolve(first, weights, 'model.encoder.conv2', 2));
  const positions = weight(weights, 'model.encoder.embed_positions.weight') as tf.Tensor2D;
  let x: tf.Tensor3D = tf.add(second, tf.slice(positions, [0, 0], [second.shape[1], dimensions.width]));
  for (let layer = 0; layer < dimensions.encoderLayers; layer++) {
    const before = x;
    // What a layer needs within itself ends with it: 200 MB in Whisper base.
    x = tf.tidy(() => encoderLayer(before, weights, `model.encoder.layers.${layer}`, dimensions.encoderHeads));
  }
  return layerNorm(x, weights, 'model.encoder.layer_norm');
}

function encoderLayer(x: tf.Tensor3D, weights: Weights, name: string, heads: number): tf.Tensor3D {
  const own = `${name}.self_attn`;
  const normal = layerNorm(x, weights, `${own}_layer_norm`);
  const heard = attention(queries(normal, weights, own, heads), keysAndValues(normal, weights, own, heads));
  return feedForward(tf.add(x, linear(mergeHeads(heard), weights, `${own}.out_proj`)), weights, name);
}

/** Three taps, one frame of zeros on both sides: tfjs's `same` would pad the stride of 2 on one side only. */
function convolve(x: tf.Tensor3D, weights: Weights, name: string, stride: number): tf.Tensor3D {
  const onBothSides: [number, number][] = [
    [0, 0],
    [1, 1],
    [0, 0],
  ];
  const padded = tf.pad(x, onBothSides);
  const product = tf.conv1d(padded, weight(weights, `${name}.weight`) as tf.Tensor3D, stride, 'valid');
  return tf.add(product, weight(weights, `${name}.bias`));
}
