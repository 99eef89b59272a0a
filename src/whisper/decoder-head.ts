/**
 * The end of a decoder step: from decoder states to what a search asks of the next token (speech-model.ts, `ListedRows`).
 * Computed in the graph, so that only the tokens that may win leave it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Inputs, NumberArray } from '../tensors/compile/compile.ts';
import { project } from './decoder.ts';
import type { Dimensions } from './dimensions.ts';
import type { Weights } from './layers.ts';
import type { ListedRows, Shortlist } from './speech-model.ts';

/** Tokens of each group that are told. A search that ranks more finds out and asks for whole rows. */
export const bestOfGroup = 16;

/** Far below every log-probability, and still a number whose power of e is 0. */
const never = -1e30;

/** What the head takes beside the states. */
export const headInputs = (endOfText: number): Inputs => ({
  membership: { type: 'float32', shape: ['groups', endOfText] },
  listed: { type: 'int32', shape: ['listed'] },
  power: { type: 'float32', shape: [] },
});

/** Names of the head's outputs that make `ListedRows`. */
export const listedOutputs = [
  'best',
  'bestLogProbabilities',
  'listedRows',
  'special',
  'masses',
  'powerMasses',
] as const;

/** What `headInputs` are fed. @param shortlist Null where whole rows are fetched. */
export function headFeeds(shortlist: Shortlist | null, endOfText: number): Record<string, NumberArray> {
  const { groups, membership, listed, power } = shortlist ?? nothingListed(endOfText);
  return {
    membership: { values: membership, shape: [groups, endOfText] },
    listed: { values: listed, shape: [listed.length] },
    power: { values: Float32Array.of(power), shape: [] },
  };
}

let nothing: Shortlist | undefined;

function nothingListed(endOfText: number): Shortlist {
  if (nothing?.membership.length !== endOfText) {
    nothing = { groups: 1, membership: new Float32Array(endOfText), listed: new Int32Array(0), power: 1 };
  }
  return nothing;
}

/**
 * @param states [paths, prompts, width], behind the last layer norm.
 * @param inputs Those of `headInputs`.
 * @param endOfText Id behind the last ordinary token.
 * @returns `logProbabilities` [paths, prompts, vocabulary] and `listedOutputs`, in the shapes of `ListedRows`.
 */
export function decoderHead(
  states: tf.Tensor3D,
  inputs: Readonly<Record<string, tf.Tensor>>,
  weights: Weights,
  { vocabularySize }: Dimensions,
  endOfText: number,
): Record<string, tf.Tensor> {
  const [paths, prompts] = states.shape;
  const membership = inputs['membership'] as tf.Tensor2D;
  const [groups] = membership.shape;
  const logProbabilities = tf.logSoftmax(project(states, weights));
  const ordinary = tf.slice(logProbabilities, [0, 0, 0], [paths, prompts, endOfText]);
  const flat = tf.reshape<tf.Rank.R2>(ordinary, [paths * prompts, endOfText]);
  const massesOf = (powers: tf.Tensor2D) =>
    tf.reshape(tf.matMul(powers, membership, false, true), [paths, prompts, groups]);

  // Under several prompts a token counts as under that which likes it most.
  const keys = tf.reshape(tf.max(ordinary, 1), [paths, 1, endOfText]);
  const outside = tf.reshape(tf.mul(tf.sub(1, membership), never), [1, groups, endOfText]);
  const { values, indices } = tf.topk(tf.add(keys, outside), bestOfGroup);
  const flatIndices = tf.reshape(indices, [paths, 1, groups * bestOfGroup]);
  const found = tf.gather(ordinary, tf.tile(flatIndices, [1, prompts, 1]), 2, 2);
  const beyond = tf.mul(tf.cast(tf.less(values, never / 2), 'float32'), never);
  return {
    logProbabilities,
    best: indices,
    bestLogProbabilities: tf.add(found, tf.reshape(beyond, [paths, 1, groups * bestOfGroup])),
    listedRows: tf.gather(ordinary, inputs['listed'] as tf.Tensor1D, 2),
    special: tf.slice(logProbabilities, [0, 0, endOfText], [paths, prompts, vocabularySize - endOfText]),
    masses: massesOf(tf.exp(flat)),
    powerMasses: massesOf(tf.exp(tf.mul(flat, inputs['power'] as tf.Scalar))),
  };
}

/** Rows `begin` to `end` of what was fetched, for the `paths` x `prompts` that they are. */
export function listedRowsOf(
  made: Readonly<Record<string, NumberArray>>,
  begin: number,
  paths: number,
  prompts: number,
): ListedRows {
  const rows = paths * prompts;
  /** Part of an output that has `size` numbers a row. */
  const part = (name: (typeof listedOutputs)[number]): Float32Array => {
    const { values, shape } = made[name]!;
    const size = values.length / (shape[0]! * shape[1]!);
    return (values as Float32Array).subarray(begin * size, (begin + rows) * size);
  };
  const { values: best, shape } = made['best']!;
  const perPath = best.length / shape[0]!;
  return {
    best: (best as Int32Array).subarray((begin / prompts) * perPath, (begin / prompts + paths) * perPath),
    bestLogProbabilities: part('bestLogProbabilities'),
    listed: part('listedRows'),
    special: part('special'),
    masses: part('masses'),
    powerMasses: part('powerMasses'),
  };
}
