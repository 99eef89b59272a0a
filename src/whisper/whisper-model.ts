/** A speech model over tensors: arrays in, arrays out; the weights are its only lasting tensors. */
import * as tf from '@tensorflow/tfjs-core';
import { take } from '../tensors/take.ts';
import { causalMask, decode, embed, encodeKeysAndValues, project } from './decoder.ts';
import { openSession } from './decoder-session.ts';
import type { Dimensions } from './dimensions.ts';
import { encode } from './encoder.ts';

import type { Alignment, ModelFacts, SpeechModel } from './speech-model.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Takes over the weights: `dispose` frees them. */
export function whisperModel(
  facts: ModelFacts,
  tokenizer: Tokenizer,
  weights: ReadonlyMap<string, tf.Tensor>,
  dimensions: Dimensions,
): SpeechModel {
  const { bands, width } = dimensions;
  return {
    facts,
    tokenizer,
    async encode(logMel, frames) {
      checkWindow(logMel, frames, dimensions);
      const states = tf.tidy(() => encode(tf.tensor3d(logMel, [1, bands, frames]), weights, dimensions));
      return take(states);
    },
    async openDecoder(states, positions, evidence) {
      return openSession(states, positions, weights, dimensions, {
        states: evidence?.states ?? false,
        heads: evidence?.attention === true ? alignmentHeads(facts, dimensions) : null,
      });
    },
    async align(states, positions, tokens): Promise<Alignment> {
      const [scores, chosen, all, text] = tf.tidy(() => {
        const audio = encodeKeysAndValues(tf.tensor3d(states, [1, positions, width]), weights, dimensions);
        const ids = tf.tensor2d([...tokens], [1, tokens.length], 'int32');
        const places = tf.expandDims<tf.Tensor2D>(tf.range(0, tokens.length, 1, 'int32'));
        const among = causalMask(tokens.length);
        const input = { tokens: ids, places, among, past: null, audio, audioMask: null };
        const step = decode(input, weights, dimensions);
        const heads = facts.alignmentHeads.map(([layer, head]) =>
          tf.slice(step.crossScores[layer] as tf.Tensor4D, [0, head, 0, 0], [1, 1, tokens.length, positions]),
        );
        const before = tf.slice(step.states, [0, 0, 0], [1, tokens.length - 1, width]);
        const next = embed(tf.slice(ids, [0, 1], [1, tokens.length - 1]), weights);
        const logits = project(before, weights);
        const ordinary = tf.slice(logits, [0, 0, 0], [1, tokens.length - 1, tokenizer.endOfText]);
        return [
          tf.concat(heads),
          tf.sum(tf.mul(before, next), -1),
          tf.logSumExp(logits, -1),
          tf.logSumExp(ordinary, -1),
        ];
      }) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const normalisers = await take(all);
      const normalised = (value: number, index: number) => value - (normalisers[index] as number);
      return {
        scores: await take(scores),
        heads: facts.alignmentHeads.length,
        tokens: tokens.length,
        positions,
        logProbabilities: (await take(chosen)).map(normalised),
        logTextProbabilities: (await take(text)).map(normalised),
      };
    },
    dispose() {
      tf.dispose([...weights.values()]);
    },
  };
}

/** @throws Error when the window cannot be one of this model: a bug of the caller. */
export function checkWindow(logMel: Float32Array, frames: number, { bands, audioPositions }: Dimensions): void {
  if (logMel.length === bands * frames && frames % 2 === 0 && frames <= 2 * audioPositions && frames > 0) return;
  throw new Error(
    `A window of ${logMel.length} values and ${frames} frames does not suit ${bands} bands and ${2 * audioPositions} frames.`,
  );
}

/** The model's, or all heads of the upper half of its layers, as openai-whisper takes them (whisper/model.py). */
export function alignmentHeads(
  facts: ModelFacts,
  { decoderLayers, decoderHeads }: Dimensions,
): ModelFacts['alignmentHeads'] {
  if (facts.alignmentHeads.length > 0) return facts.alignmentHeads;
  const lower = decoderLayers >> 1;
  return Array.from({ length: (decoderLayers - lower) * decoderHeads }, (_, i) => [
    lower + Math.floor(i / decoderHeads),
    i % decoderHeads,
  ]);
}
