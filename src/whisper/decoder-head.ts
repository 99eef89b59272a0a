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

/** Ordinary tokens that are told of each row. A search that ranks more finds out and asks for whole rows. */
export const bestOfRow = 48;

/** What the head takes beside the states. */
export const headInputs = (endOfText: number): Inputs => ({
  membership: { type: 'float32', shape: ['groups', endOfText] },
  listed: { type: 'int32', shape: ['listed'] },
  powers: { type: 'float32', shape: ['powers'] },
  whole: { type: 'int32', shape: ['whole'] },
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

/**
 * What `headInputs` are fed.
 * @param shortlist Null where `listedOutputs` are not fetched.
 * @param whole Rows, among paths x prompts, of which `logProbabilities` tells.
 */
export function headFeeds(
  shortlist: Shortlist | null,
  endOfText: number,
  whole: Int32Array,
): Record<string, NumberArray> {
  const { groups, membership, listed, power } = shortlist ?? nothingListed(endOfText);
  return {
    membership: { values: membership, shape: [groups, endOfText] },
    listed: { values: listed, shape: [listed.length] },
    ...powersOf(power),
    whole: { values: whole, shape: [whole.length] },
  };
}

/** Probabilities themselves are added up anyhow: their first powers are not made a second time. */
function powersOf(power: number): Record<string, NumberArray> {
  const values = power === 1 ? new Float32Array(0) : Float32Array.of(power);
  return { powers: { values, shape: [values.length] } };
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
 * @returns `logProbabilities` [whole, vocabulary] and `listedOutputs`, in the shapes of `ListedRows`; `powerMasses` is
 *   [powers, paths x prompts, groups].
 */
export function decoderHead(
  states: tf.Tensor3D,
  inputs: Readonly<Record<string, tf.Tensor>>,
  weights: Weights,
  { vocabularySize }: Dimensions,
  endOfText: number,
): Record<string, tf.Tensor> {
  const [paths, prompts] = states.shape;
  const rows = paths * prompts;
  const membership = inputs['membership'] as tf.Tensor2D;
  const powers = inputs['powers'] as tf.Tensor1D;
  const [groups] = membership.shape;
  const logProbabilities = tf.logSoftmax(project(states, weights));
  const ordinary = tf.slice(logProbabilities, [0, 0, 0], [paths, prompts, endOfText]);
  const flat = tf.reshape<tf.Rank.R2>(ordinary, [rows, endOfText]);
  const raised = tf.mul(tf.reshape(powers, [powers.size, 1, 1]), tf.reshape(flat, [1, rows, endOfText]));

  // A pass over all of them for each group would take as long as the projection.
  const { indices } = tf.topk(ordinary, bestOfRow);
  const ofPath = tf.reshape(indices, [paths, 1, prompts * bestOfRow]);
  return {
    // Copied out of the runtime at 207 kB each: only those that somebody samples from.
    logProbabilities: tf.gather(
      tf.reshape<tf.Rank.R2>(logProbabilities, [rows, vocabularySize]),
      inputs['whole'] as tf.Tensor1D,
    ),
    best: indices,
    bestLogProbabilities: tf.gather(ordinary, tf.tile(ofPath, [1, prompts, 1]), 2, 2),
    listedRows: tf.gather(ordinary, inputs['listed'] as tf.Tensor1D, 2),
    special: tf.slice(logProbabilities, [0, 0, endOfText], [paths, prompts, vocabularySize - endOfText]),
    masses: tf.reshape(tf.matMul(tf.exp(flat), membership, false, true), [paths, prompts, groups]),
    powerMasses: tf.matMul(tf.exp(raised), tf.reshape(membership, [1, groups, endOfText]), false, true),
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
  const best = made['best']!.values as Int32Array;
  const powers = made['powerMasses']!;
  const groups = powers.shape[2]!;
  return {
    best: best.subarray(begin * bestOfRow, (begin + rows) * bestOfRow),
    bestLogProbabilities: part('bestLogProbabilities'),
    listed: part('listedRows'),
    special: part('special'),
    masses: part('masses'),
    powerMasses:
      powers.shape[0] === 0 ? null : (powers.values as Float32Array).subarray(begin * groups, (begin + rows) * groups),
  };
}
