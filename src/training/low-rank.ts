/**
 * Low-rank adapters in training (LoRA, Hu et al. 2022; method-specs 3.1): a target x W also gives scale (x A) B, with A
 * [in, rank] and B [rank, out]. W is never touched, B begins at 0, so at first nothing changes.
 *
 * Dropout hides features of x from the adapter. A feature is hidden from a whole utterance, not anew at every position: the
 * mask is then as small as one state a row, and what is hidden cannot be read off a neighbour (Gal and Ghahramani 2016).
 *
 * The variational form (method-specs 4; the information bottleneck of 2106.05469 at the narrowest place of the adapter)
 * takes x A for the mean of a Gaussian, whose deviation is softplus(x S + c), and gives B a draw from it. Used, it is the
 * plain adapter: the mean.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomNumbers } from '../random-numbers.ts';
import { weightShapes, type Dimensions } from '../whisper/dimensions.ts';
import type { Weights } from '../whisper/layers.ts';
import type { Parameter } from './parameters.ts';

/** A linear map with an adapter: its name, such as model.decoder.layers.0.self_attn.q_proj, and its sizes. */
export interface Target {
  readonly name: string;
  readonly input: number;
  readonly output: number;
}

/** In the order of computation. @param pattern Is looked for in the name without `model.`. */
export function targetsOf(
  dimensions: Dimensions,
  pattern: RegExp,
  parts: readonly ('encoder' | 'decoder')[],
): Target[] {
  return [...weightShapes(dimensions)].flatMap(([weight, shape]) => {
    const name = weight.replace(/\.weight$/, '');
    const isLinear = weight.endsWith('.weight') && shape.length === 2 && !name.includes('embed_');
    const part = /^model\.(encoder|decoder)\./.exec(name)?.[1];
    if (!isLinear || !parts.some((one) => one === part) || !pattern.test(name.replace(/^model\./, ''))) return [];
    const [output, input] = shape as [number, number];
    return [{ name, input, output }];
  });
}

export interface LowRankOptions {
  readonly rank: number;
  /** alpha / rank. */
  readonly scale: number;
  readonly variational: boolean;
}

const deviationNames = ['deviation', 'deviation.bias', 'prior.mean', 'prior.deviation'] as const;

/** softplus of it is 0.05: what deviations begin with. */
const smallDeviation = Math.log(Math.exp(0.05) - 1);

/** A uniform within 1 / sqrt(in), as PEFT's (Kaiming, a = sqrt 5), B at 0. */
export function lowRankParameters(
  targets: readonly Target[],
  { rank, variational }: LowRankOptions,
  random: (name: string) => RandomNumbers,
): Parameter[] {
  return targets.flatMap(({ name, input, output }): Parameter[] => {
    const vector = (what: string, value: number): Parameter => ({
      name: `${name}.${what}`,
      shape: [rank],
      initial: () => new Float32Array(rank).fill(value),
    });
    const pair: Parameter[] = [
      {
        name: `${name}.lora_A`,
        shape: [input, rank],
        initial: () => {
          const next = random(name);
          return Float32Array.from({ length: input * rank }, () => (2 * next() - 1) / Math.sqrt(input));
        },
      },
      { name: `${name}.lora_B`, shape: [rank, output], initial: () => new Float32Array(rank * output) },
    ];
    if (!variational) return pair;
    const [matrix, bias, priorMean, priorDeviation] = deviationNames;
    return [
      ...pair,
      { name: `${name}.${matrix}`, shape: [input, rank], initial: () => new Float32Array(input * rank) },
      vector(bias, smallDeviation),
      vector(priorMean, 0),
      vector(priorDeviation, smallDeviation),
    ];
  });
}

/** Noise of one step; without it the adapter is used and not trained. */
export interface AdapterNoise {
  /** [rows, in of all targets]: 0 for a hidden feature, 1 / (1 - dropout) for others; null without dropout. */
  readonly kept: tf.Tensor2D | null;
  /** [rows, rank times targets], standard normal; null where the adapter is not variational. */
  readonly drawn: tf.Tensor2D | null;
}

/** Gaussians of a target, for L_var: mean and deviation [n, rank], and those of the prior [rank]. */
export interface Gaussians {
  readonly mean: tf.Tensor2D;
  readonly deviation: tf.Tensor2D;
  readonly priorMean: tf.Tensor1D;
  readonly priorDeviation: tf.Tensor1D;
}

/**
 * The weights of the base with the adapter beside them.
 * @param trained Holds the parameters by their names.
 * @param onGaussians Is told of each target that is variational, when it is computed.
 */
export function withLowRank(
  base: Weights,
  targets: readonly Target[],
  { rank, scale, variational }: LowRankOptions,
  trained: Weights,
  { kept, drawn }: AdapterNoise = { kept: null, drawn: null },
  onGaussians: (gaussians: Gaussians) => void = () => undefined,
): Weights {
  const places = new Map<string, { readonly index: number; readonly offset: number; readonly input: number }>();
  let offset = 0;
  targets.forEach(({ name, input }, index) => {
    places.set(name, { index, offset, input });
    offset += input;
  });
  return {
    get: (name) => base.get(name),
    added(name, x) {
      const place = places.get(name);
      if (place === undefined) return null;
      const [rows, n, input] = x.shape;
      const of = (what: string) => trained.get(`${name}.${what}`) as tf.Tensor;
      const seen =
        kept === null ? x : tf.mul(x, tf.reshape(tf.slice(kept, [0, place.offset], [rows, input]), [rows, 1, input]));
      const flat = tf.reshape<tf.Rank.R2>(seen, [rows * n, input]);
      const mean = tf.matMul<tf.Tensor2D>(flat, of('lora_A'));
      let narrow: tf.Tensor2D = mean;
      if (variational && drawn !== null) {
        const deviationOf = (raw: tf.Tensor) => tf.add(tf.softplus(raw), 1e-6);
        const raw = tf.add(tf.matMul(flat, of('deviation') as tf.Tensor2D), of('deviation.bias'));
        const deviation = deviationOf(raw) as tf.Tensor2D;
        onGaussians({
          mean: narrow,
          deviation,
          priorMean: of('prior.mean') as tf.Tensor1D,
          priorDeviation: deviationOf(of('prior.deviation')) as tf.Tensor1D,
        });
        const own = tf.reshape(tf.slice(drawn, [0, place.index * rank], [rows, rank]), [rows, 1, rank]);
        const moved = tf.mul(tf.reshape(deviation, [rows, n, rank]), own);
        narrow = tf.add<tf.Tensor2D>(mean, tf.reshape(moved, [rows * n, rank]));
      }
      const product = tf.matMul(tf.mul<tf.Tensor2D>(narrow, scale), of('lora_B'));
      const { shape } = of('lora_B');
      return tf.reshape(product, [rows, n, shape[1] as number]);
    },
  };
}

/** KL of the Gaussians to their priors, mean over positions and features (method-specs 4). */
export function gaussianDivergence({ mean, deviation, priorMean, priorDeviation }: Gaussians): tf.Scalar {
  const ratio = tf.sub(tf.log(priorDeviation), tf.log(deviation));
  const distance = tf.add(tf.square(deviation), tf.square(tf.sub(mean, priorMean)));
  const spread = tf.div(distance, tf.mul(2, tf.square(priorDeviation)));
  return tf.mean(tf.sub(tf.add(ratio, spread), 0.5));
}

/** Squared distance of the means to those of their priors, mean over positions and features. */
export function meanDistance({ mean, priorMean, priorDeviation }: Gaussians): tf.Scalar {
  // What is trained must take part, or there is no gradient by it: the prior's deviation does with nothing.
  return tf.add(tf.mean(tf.square(tf.sub(mean, priorMean))), tf.mul(tf.sum(priorDeviation), 0));
}
