/**
 * A training step as pure functions over tensors, which the compiler makes graphs of: forward, losses, gradients, clipping
 * and AdamW. What training changes are inputs and outputs; the base model is constants.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Inputs, InputType } from '../tensors/compile/compile.ts';
import '../tensors/gradients.ts';
import { causalMask, decode, embed, encodeKeysAndValues, meanAttention } from '../whisper/decoder.ts';
import { encode } from '../whisper/encoder.ts';
import type { Weights } from '../whisper/layers.ts';
import { adamW, adamWDefaults, type Moments } from './adamw.ts';
import { calibrate } from './calibrator-networks.ts';
import { gaussianDivergence, meanDistance, withLowRank, type Gaussians } from './low-rank.ts';
import { consistencyLoss, lossesOf, type lossNames, type LossInput } from './losses.ts';
import { asTensors, asVector } from './parameters.ts';
import {
  bestOfBase,
  dataInputs,
  float,
  isConsistent,
  isVariational,
  whole,
  type StepFunction,
  type StepPlan,
} from './step-plan.ts';
import { tokenScores } from './token-loss.ts';

type Given = Readonly<Record<string, tf.Tensor>>;

/** Encoder and teacher-forced decoder. */
function networkOf({ dimensions, frozenEncoder }: StepPlan, given: Given, weights: Weights) {
  const audioMask = (given['audioMask'] as tf.Tensor4D | undefined) ?? null;
  const audio = frozenEncoder
    ? (given['audio'] as tf.Tensor3D)
    : encode(given['logMel'] as tf.Tensor3D, weights, dimensions);
  const tokens = given['tokens'] as tf.Tensor2D;
  const [rows, n] = tokens.shape;
  const places = tf.add<tf.Tensor2D>(tf.zerosLike(tokens), tf.range(0, n, 1, 'int32'));
  const among = tf.add<tf.Tensor4D>(tf.zeros([rows, 1, n, n]), causalMask(n));
  const heard = encodeKeysAndValues(audio, weights, dimensions);
  const step = decode({ tokens, places, among, past: null, audio: heard, audioMask }, weights, dimensions);
  return { audio, audioMask, step };
}

interface Forward {
  readonly losses: Readonly<Record<(typeof lossNames)[number], tf.Scalar>>;
  readonly input: LossInput;
}

/** @param trained The parameters, in the order of the layout. */
function forward(plan: StepPlan, given: Given, trained: readonly tf.Tensor[], noisy: boolean): Forward {
  const { dimensions, base, layout, targets, rank, scale, calibrator, classes, losses } = plan;
  const named: Weights = new Map(layout.parameters.map(({ name }, index) => [name, trained[index] as tf.Tensor]));
  const gaussians: Gaussians[] = [];
  const noise = {
    kept: (given['kept'] as tf.Tensor2D | undefined) ?? null,
    drawn: (given['drawn'] as tf.Tensor2D | undefined) ?? null,
  };
  const options = { rank, scale, variational: isVariational(plan) };
  const weights =
    targets.length === 0
      ? base
      : withLowRank(base, targets, options, named, noise, (one) => {
          gaussians.push(one);
        });
  const { audio, audioMask, step } = networkOf(plan, given, weights);
  const [rows, n] = (given['tokens'] as tf.Tensor2D).shape;
  const wanted = given['wanted'] as tf.Tensor1D;
  const choose = (perToken: tf.Tensor3D): tf.Tensor2D =>
    tf.gather(tf.reshape<tf.Rank.R2>(perToken, [rows * n, perToken.shape[2]]), wanted);

  const states = choose(step.states);
  const tokenClasses = (given['tokenClasses'] as tf.Tensor2D | undefined) ?? null;
  const scores = tokenScores(states, given['next'] as tf.Tensor1D, weights, tokenClasses);
  const q =
    calibrator === null
      ? null
      : choose(
          calibrate(
            calibrator,
            {
              states: step.states,
              audio,
              attention: meanAttention(step, audioMask, plan.alignmentHeads),
              heard: given['heard'] as tf.Tensor3D,
              temperature: (given['temperature'] as tf.Scalar | undefined) ?? tf.scalar(1),
            },
            named,
          ),
        );
  const variational = (): tf.Scalar | null => {
    if (!noisy) return null;
    if (isConsistent(plan)) {
      const noisyMel = tf.add<tf.Tensor3D>(given['logMel'] as tf.Tensor3D, given['melNoise'] as tf.Tensor3D);
      const moved = encode(noisyMel, weights, dimensions);
      return consistencyLoss(audio, moved);
    }
    if (gaussians.length === 0) return null;
    const each = losses.variationalForm === 'kl' ? gaussianDivergence : meanDistance;
    return tf.div(tf.addN(gaussians.map(each)), gaussians.length);
  };
  const input: LossInput = {
    scores,
    shares: given['shares'] as tf.Tensor1D,
    internal: scores.masses === null ? null : classMasses(scores.masses, given['continuing'] as tf.Tensor1D, classes),
    external: q,
    labels:
      given['labels'] === undefined
        ? null
        : (tf.cast(tf.oneHot(given['labels'] as tf.Tensor1D, classes), 'float32') as tf.Tensor2D),
    textShares: (given['textShares'] as tf.Tensor1D | undefined) ?? null,
    languageShares: (given['languageShares'] as tf.Tensor1D | undefined) ?? null,
    classShares:
      tokenClasses === null ? null : tf.reshape(tf.slice(tf.mean(tokenClasses, 0), [0], [classes]), [classes, 1]),
    variational: variational(),
    base: noisy && losses.baseWeight > 0 ? baseDivergence(given, states, scores.normaliser, weights) : null,
  };
  return { losses: lossesOf(input, losses), input };
}

/**
 * KL(base || adapted) of each token over those that the base finds most probable, [tokens]; 0 where no probabilities are
 * given.
 */
function baseDivergence(given: Given, states: tf.Tensor2D, normaliser: tf.Tensor1D, weights: Weights): tf.Tensor1D {
  const [tokens, width] = states.shape;
  const probabilities = given['baseProbabilities'] as tf.Tensor2D;
  const rows = embed(given['baseTokens'] as tf.Tensor2D, weights);
  const scores = tf.sum(tf.mul(tf.reshape(states, [tokens, 1, width]), rows), -1);
  const ours = tf.sub(scores, tf.reshape(normaliser, [tokens, 1]));
  return tf.sum(tf.mul(probabilities, tf.sub(tf.log(tf.maximum(probabilities, 1e-8)), ours)), 1);
}

/** What the base says of each token that counts: its most probable tokens, for `baseDivergence`. */
export function baseFunction(plan: StepPlan): StepFunction {
  const { logMel, audio, audioMask, tokens, wanted } = dataInputs(plan, true);
  return {
    fn: (given) => {
      const { step } = networkOf({ ...plan, targets: [] }, given, plan.base);
      const rows = tf.gather(tf.reshape(step.states, [-1, plan.dimensions.width]), given['wanted'] as tf.Tensor1D);
      const embedding = plan.base.get('model.decoder.embed_tokens.weight') as tf.Tensor2D;
      const scores = tf.matMul<tf.Tensor2D>(rows, embedding);
      const { values, indices } = tf.topk(scores, bestOfBase);
      return { best: indices, probabilities: tf.exp(tf.sub(values, tf.logSumExp(scores, 1, true))) };
    },
    inputs: {
      ...(logMel && { logMel }),
      ...(audio && audioMask && { audio, audioMask }),
      tokens: tokens as InputType,
      wanted: wanted as InputType,
    },
  };
}

/** Encoder states of log-mels by the base alone, where the encoder is not trained. */
export function encoderFunction({ base, dimensions }: StepPlan): StepFunction {
  return {
    fn: ({ logMel }) => ({ states: encode(logMel as tf.Tensor3D, base, dimensions) }),
    inputs: { logMel: float('rows', dimensions.bands, { times: 2, name: 'positions' }) },
  };
}

/** The column of tokens that go on with a character, given to the class that they have behind each row. */
function classMasses(masses: tf.Tensor2D, continuing: tf.Tensor1D, classes: number): tf.Tensor2D {
  const [tokens] = masses.shape;
  const own = tf.slice(masses, [0, 0], [tokens, classes]);
  const last = tf.slice(masses, [0, classes], [tokens, 1]);
  return tf.add(own, tf.mul(last, tf.cast(tf.oneHot(continuing, classes), 'float32')));
}

const vectors = (length: number): Inputs => ({
  weights: float(length),
  first: float(length),
  second: float(length),
  step: float(),
  rate: float(),
});

/** Losses by the names of outputs, which inputs must not have. */
export const outputOfLoss = (name: string): string => `loss ${name}`;

function outputsOf(losses: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(losses).map(([name, value]) => [outputOfLoss(name), value]));
}

/**
 * Gradients are computed so many times larger (Micikevicius et al. 2018): many would fall below 1e-38, where processors take
 * ten times as long. A power of two changes nothing else.
 */
const gradientScale = 2 ** 32;

interface Descent {
  readonly gradient: tf.Tensor1D;
  readonly losses: Readonly<Record<string, tf.Tensor>>;
}

function descent(plan: StepPlan, given: Given): Descent {
  let losses: Forward['losses'] | undefined;
  const { grads } = tf.valueAndGrads((...trained: tf.Tensor[]) => {
    ({ losses } = forward(plan, given, trained, true));
    return tf.mul<tf.Scalar>(losses.total, gradientScale);
  })(asTensors(given['weights'] as tf.Tensor1D, plan.layout));
  return { gradient: tf.div(asVector(grads), gradientScale), losses: losses as Forward['losses'] };
}

function update(plan: StepPlan, given: Given, gradient: tf.Tensor1D): Record<string, tf.Tensor> {
  const { layout, weightDecay, clip } = plan;
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  // As PyTorch's clip_grad_norm_.
  const factor = tf.minimum(1, tf.div(clip, tf.add(norm, 1e-6)));
  const clipped = tf.mul<tf.Tensor1D>(gradient, factor);
  const [at, rate] = [given['step'] as tf.Scalar, given['rate'] as tf.Scalar];
  const group = (begin: number, length: number, decay: number): (Moments & { readonly weight: tf.Tensor })[] => {
    if (length === 0) return [];
    const part = (name: string) => tf.slice(given[name] as tf.Tensor1D, [begin], [length]);
    const moments = { first: part('first'), second: part('second') };
    const options = { ...adamWDefaults, weightDecay: decay };
    return [adamW(part('weights'), tf.slice(clipped, [begin], [length]), moments, at, rate, options)];
  };
  const groups = [
    ...group(0, layout.matrices, weightDecay),
    ...group(layout.matrices, layout.length - layout.matrices, 0),
  ];
  return {
    newWeights: asVector(groups.map(({ weight }) => weight)),
    newFirst: asVector(groups.map(({ first }) => first)),
    newSecond: asVector(groups.map(({ second }) => second)),
    norm,
  };
}

/** Everything in one graph: a step over as many utterances as are computed at once. */
export function stepFunction(plan: StepPlan): StepFunction {
  return {
    fn: (given) => {
      const { gradient, losses } = descent(plan, given);
      return { ...outputsOf(losses), ...update(plan, given, gradient) };
    },
    inputs: { ...dataInputs(plan, true), ...vectors(plan.layout.length) },
  };
}

/** The first half of it for a part of a larger batch: gradients and losses, to be added up. */
export function gradientFunction(plan: StepPlan): StepFunction {
  return {
    fn: (given) => {
      const { gradient, losses } = descent(plan, given);
      return { ...outputsOf(losses), gradient };
    },
    inputs: { ...dataInputs(plan, true), weights: float(plan.layout.length) },
  };
}

/** The second half: the step down a gradient. */
export function updateFunction(plan: StepPlan): StepFunction {
  return {
    fn: (given) => update(plan, given, given['gradient'] as tf.Tensor1D),
    inputs: { ...vectors(plan.layout.length), gradient: float(plan.layout.length) },
  };
}

/** Without noise and gradient: the losses, and what is said of each token. */
export function evaluationFunction(plan: StepPlan): StepFunction {
  return {
    fn: (given) => {
      const trained = asTensors(given['weights'] as tf.Tensor1D, plan.layout);
      const { losses, input } = forward(plan, given, trained, false);
      const { reference, normaliser, largest } = input.scores;
      return {
        ...outputsOf(losses),
        logProbability: tf.sub(reference, normaliser),
        confidence: tf.exp(tf.sub(largest, normaliser)),
        // Its score is a sum in another order than the product's, so equal means nearly equal.
        correct: tf.cast(tf.greaterEqual(tf.add(reference, 1e-3), largest), 'float32'),
        internal: input.internal as tf.Tensor,
        ...(input.external !== null && { external: input.external }),
      };
    },
    inputs: {
      ...dataInputs(plan, false),
      labels: whole('counted'),
      continuing: whole('counted'),
      textShares: float('counted'),
      languageShares: float('counted'),
      weights: float(plan.layout.length),
    },
  };
}
