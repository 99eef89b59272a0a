/** Decoding of one window on a tfjs backend: the session owns the tensors of its cache and frees them. */
import * as tf from '@tensorflow/tfjs-core';
import { take } from '../tensors/take.ts';
import { decode, encodeKeysAndValues, meanAttention, project } from './decoder.ts';
import type { Dimensions } from './dimensions.ts';
import type { KeysAndValues, Weights } from './layers.ts';
import { checkParents, checkPrompts, partOf, unbegun } from './session-contract.ts';
import type { DecoderSession, StepOutput } from './speech-model.ts';
import { emptyMask, tokensOf, tokenTree, writeMasks, writePlaces, type Growth } from './token-tree.ts';

/** What a step is to give beside whole rows of log-probabilities. */
export interface AskedEvidence {
  readonly states: boolean;
  /** Give the mean attention of these heads ([layer, head]). */
  readonly heads: readonly (readonly [number, number])[] | null;
}

/** Live places are gathered again when the pool is this much larger than they need. */
const slack = 64;

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
  asked: AskedEvidence = { states: false, heads: null },
): DecoderSession {
  const { width } = dimensions;
  const audio = tf.tidy(() => encodeKeysAndValues(tf.tensor3d(states, [1, positions, width]), weights, dimensions));
  const tree = tokenTree();
  let past: KeysAndValues[] = [];
  let repeat: (() => Promise<StepOutput>) | null = null;

  /** What is said behind the flat positions `wanted` of some new tokens; `keep` puts them into the cache. */
  const decodeTokens = async (
    tokens: Int32Array,
    growth: Growth,
    wanted: readonly number[],
    keep: boolean,
  ): Promise<StepOutput> => {
    const [extended, logProbabilities, seen, attention] = tf.tidy(() => {
      const step = decode(inputOf(tokens, growth), weights, dimensions);
      const choose = (perToken: tf.Tensor3D): tf.Tensor2D => {
        const flat = tf.reshape<tf.Rank.R2>(perToken, [tokens.length, perToken.shape[2]]);
        return wanted.length === tokens.length ? flat : tf.gather(flat, tf.tensor1d([...wanted], 'int32'));
      };
      const chosen = choose(step.states);
      return [
        keep ? step.present.map((added, layer) => append(past[layer], added)) : [],
        tf.logSoftmax(project(tf.expandDims(chosen, 0), weights)),
        asked.states ? chosen : undefined,
        asked.heads === null ? undefined : choose(meanAttention(step, null, asked.heads)),
      ] as const satisfies unknown[];
    });
    if (keep) {
      free(past);
      past = extended;
      tree.add(growth);
    }
    return {
      logProbabilities: await take(logProbabilities),
      listed: null,
      states: seen === undefined ? null : await take(seen),
      attention: attention === undefined ? null : await take(attention),
    };
  };

  const inputOf = (tokens: Int32Array, growth: Growth) => {
    const count = tokensOf(growth);
    const pool = tree.size();
    const places = new Int32Array(count);
    const [earlier, among] = [emptyMask(count * pool), emptyMask(count * count)];
    writePlaces(growth, places);
    writeMasks(growth, earlier, pool, among, count);
    return {
      tokens: tf.tensor2d(tokens, [1, count], 'int32'),
      places: tf.tensor2d(places, [1, count], 'int32'),
      among: tf.tensor4d(among, [1, 1, count, count]),
      past: pool === 0 ? null : { layers: past, mask: tf.tensor4d(earlier, [1, 1, count, pool]) },
      audio,
      audioMask: null,
    };
  };

  /** Moves the tokens that a row has read together where many are there that none has. */
  const prune = () => {
    if (tree.size() <= 2 * tree.length() + slack) return;
    const stay = tree.prune();
    const pruned = tf.tidy(() => {
      const places = tf.tensor1d(stay, 'int32');
      return past.map(({ keys, values }) => ({
        keys: tf.gather(keys, places, 2),
        values: tf.gather(values, places, 2),
      }));
    });
    free(past);
    past = pruned;
  };

  return {
    async prefill(prompts, wanted) {
      const n = checkPrompts(prompts, dimensions);
      free(past);
      past = [];
      tree.clear();
      const count = prompts.length;
      const growth = tree.plan(new Int32Array(count), n);
      const flat = wanted.flatMap((position) => prompts.map((_, row) => row * n + position));
      const tokens = Int32Array.from(prompts.flat());
      repeat = () => decodeTokens(tokens, growth, flat.slice(-count), false);
      const output = await decodeTokens(tokens, growth, flat, true);
      return wanted.map((_, index) => partOf(output, index, wanted.length));
    },
    async step(parents, tokens) {
      checkParents(tree, parents, dimensions);
      prune();
      const growth = tree.plan(parents, 1);
      const every = Array.from(tokens, (_, row) => row);
      const output = await decodeTokens(tokens, growth, every, true);
      repeat = () => decodeTokens(tokens, growth, every, false);
      return output;
    },
    async again() {
      if (repeat === null) throw new Error(unbegun);
      return repeat();
    },
    dispose() {
      free(audio);
      free(past);
      past = [];
    },
  };
}

/** Keys and values of the past with those of new tokens behind them. */
function append(past: KeysAndValues | undefined, added: KeysAndValues): KeysAndValues {
  if (past === undefined) return added;
  return { keys: tf.concat([past.keys, added.keys], 2), values: tf.concat([past.values, added.values], 2) };
}

function free(layers: readonly KeysAndValues[]): void {
  for (const { keys, values } of layers) tf.dispose([keys, values]);
}
