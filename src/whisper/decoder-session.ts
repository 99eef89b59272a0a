/** Decoding of one window on a tfjs backend: the session owns the tensors of its cache and frees them. */
import * as tf from '@tensorflow/tfjs-core';
import { take } from '../tensors/take.ts';
import { append, decode, encodeKeysAndValues, meanAttention, project } from './decoder.ts';
import type { Dimensions } from './dimensions.ts';
import type { KeysAndValues, Weights } from './layers.ts';
import type { DecoderSession, StepOutput } from './speech-model.ts';

/** What a step is to give: log-probabilities instead of logits; decoder states, and the mean attention of these heads ([layer, head]). */
export interface AskedEvidence {
  readonly normalised: boolean;
  readonly states: boolean;
  readonly heads: readonly (readonly [number, number])[] | null;
}

/**
 * @param states positions x width.
 * @throws Error when used against its contract: a step before prefill, prompts of several lengths, a row that does not
 *   exist, more tokens than the model has positions for. Those are bugs of the caller.
 */
export function openSession(
  states: Float32Array,
  positions: number,
  weights: Weights,
  dimensions: Dimensions,
  asked: AskedEvidence = { normalised: false, states: false, heads: null },
): DecoderSession {
  const { width, vocabularySize, textPositions } = dimensions;
  const audio = tf.tidy(() => encodeKeysAndValues(tf.tensor3d(states, [1, positions, width]), weights, dimensions));
  let past: KeysAndValues[] = [];
  let rows = 0;
  let length = 0;

  /** One step over tokens [rows, n]; gives what is said behind the flat positions `wanted`, one after another. */
  const advance = async (tokens: tf.Tensor2D, parents: Int32Array | null, wanted: readonly number[]) => {
    const [extended, logits, seen, attention] = tf.tidy(() => {
      const inherited = parents === null ? past : past.map((layer) => chooseRows(layer, parents));
      const step = decode(tokens, inherited, audio, weights, dimensions);
      const choose = (flat: tf.Tensor2D) =>
        wanted.length === tokens.size ? flat : tf.gather(flat, tf.tensor1d([...wanted], 'int32'));
      const chosen = choose(tf.reshape(step.states, [tokens.size, width]));
      const projected = project(tf.reshape(chosen, [1, wanted.length, width]), weights);
      return [
        step.present.map((added, layer) => append(inherited[layer], added)),
        asked.normalised ? tf.logSoftmax(projected) : projected,
        asked.states ? chosen : undefined,
        asked.heads === null ? undefined : choose(meanAttention(step, asked.heads)),
      ] as const satisfies unknown[];
    });
    tokens.dispose();
    free(past);
    past = extended;
    [rows, length] = [tokens.shape[0], length + tokens.shape[1]];
    return {
      logits: await take(logits),
      normalised: asked.normalised,
      states: seen === undefined ? null : await take(seen),
      attention: attention === undefined ? null : await take(attention),
    };
  };

  return {
    async prefill(prompts, wanted) {
      free(past);
      [past, rows, length] = [[], 0, 0];
      const tokens = prompts[0]?.length ?? 0;
      if (prompts.some((prompt) => prompt.length !== tokens)) throw new Error('The prompts differ in length.');
      if (tokens > textPositions) throw new Error(`${tokens} tokens do not fit ${textPositions} positions.`);
      const flat = wanted.flatMap((position) => prompts.map((_, row) => row * tokens + position));
      const output = await advance(tf.tensor2d(prompts.flat(), [prompts.length, tokens], 'int32'), null, flat);
      const part = (values: Float32Array, size: number, index: number) =>
        values.slice(index * prompts.length * size, (index + 1) * prompts.length * size);
      return wanted.map((_, index): StepOutput => ({
        logits: part(output.logits, vocabularySize, index),
        normalised: asked.normalised,
        states: output.states && part(output.states, width, index),
        attention: output.attention && part(output.attention, positions, index),
      }));
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
