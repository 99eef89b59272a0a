/** Decoding of one window on a tfjs backend: the session owns the tensors of its cache and frees them. */
import * as tf from '@tensorflow/tfjs-core';
import { append, decode, encodeKeysAndValues, project } from './decoder.ts';
import type { Dimensions } from './dimensions.ts';
import type { KeysAndValues, Weights } from './layers.ts';
import type { DecoderSession } from './speech-model.ts';

/**
 * @param states positions x width.
 * @throws Error when used against its contract: a step before prefill, a row that does not exist, more tokens than the model
 *   has positions for. Those are bugs of the caller.
 */
export function openSession(
  states: Float32Array,
  positions: number,
  weights: Weights,
  dimensions: Dimensions,
): DecoderSession {
  const { width, vocabularySize, textPositions } = dimensions;
  const audio = tf.tidy(() => encodeKeysAndValues(tf.tensor3d(states, [1, positions, width]), weights, dimensions));
  let past: KeysAndValues[] = [];
  let rows = 0;
  let length = 0;

  /** One step over tokens [rows, n]; gives the logits behind the flat positions `wanted`, one after another. */
  const advance = async (tokens: tf.Tensor2D, parents: Int32Array | null, wanted: readonly number[]) => {
    const [extended, logits] = tf.tidy(() => {
      const inherited = parents === null ? past : past.map((layer) => chooseRows(layer, parents));
      const step = decode(tokens, inherited, audio, weights, dimensions);
      const flat = tf.reshape(step.states, [tokens.size, width]);
      const chosen = wanted.length === tokens.size ? flat : tf.gather(flat, tf.tensor1d([...wanted], 'int32'));
      const projected = project(tf.reshape(chosen, [1, wanted.length, width]), weights);
      return [
        step.present.map((added, layer) => append(inherited[layer], added)),
        projected,
      ] as const satisfies unknown[];
    });
    tokens.dispose();
    free(past);
    past = extended;
    [rows, length] = [tokens.shape[0], length + tokens.shape[1]];
    const values = await logits.data();
    logits.dispose();
    return values as Float32Array;
  };

  return {
    async prefill(tokens, wanted) {
      free(past);
      [past, rows, length] = [[], 0, 0];
      if (tokens.length > textPositions)
        throw new Error(`${tokens.length} tokens do not fit ${textPositions} positions.`);
      const values = await advance(tf.tensor2d([...tokens], [1, tokens.length], 'int32'), null, wanted);
      return wanted.map((_, index) => values.slice(index * vocabularySize, (index + 1) * vocabularySize));
    },
    async step(parents, tokens) {
      if (length === 0) throw new Error('A session begins with prefill.');
      if (length === textPositions) throw new Error(`A sequence has at most ${textPositions} tokens.`);
      if (!parents.every((parent) => parent >= 0 && parent < rows)) throw new Error(`Only ${rows} rows are there.`);
      const unchanged = parents.length === rows && parents.every((parent, row) => parent === row);
      const flat = Array.from(tokens, (_, row) => row);
      return advance(tf.tensor2d(tokens, [tokens.length, 1], 'int32'), unchanged ? null : parents, flat);
    },
    dispose() {
      free(audio);
      free(past);
      past = [];
    },
  };
}

function chooseRows({ keys, values }: KeysAndValues, rows: Int32Array): KeysAndValues {
  // Not tf.gather: the wasm backend's computes an index for every number (4 ms a tensor where this takes 0.2).
  const choose = (tensor: tf.Tensor4D) => {
    const old = tf.unstack(tensor);
    return tf.stack(Array.from(rows, (row) => old[row] as tf.Tensor3D)) as tf.Tensor4D;
  };
  return { keys: choose(keys), values: choose(values) };
}

function free(layers: readonly KeysAndValues[]): void {
  for (const { keys, values } of layers) tf.dispose([keys, values]);
}
