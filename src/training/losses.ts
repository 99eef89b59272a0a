/**
 * The loss of a step as the sum of its parts, `L = w L_CE + alpha L_l + r L_R + beta L_var + b KL(base)` (method-specs 1.6), each
 * a mean over the tokens of the whole batch. Where a batch is computed in parts, each part gives its share of the means, so
 * that the sums of losses and gradients are those of the whole.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  calibratorToModel,
  languageLoss,
  modelToCalibrator,
  replacementLoss,
  squaredLanguageLoss,
  stopGradient,
} from './language-losses.ts';
import { smoothedCrossEntropy, type TokenScores } from './token-loss.ts';
import type { TrainerOptions } from './trainer-options.ts';

const optionNames = [
  'labelSmoothing',
  'tokenWeight',
  'languageForm',
  'languageWeight',
  'replacementWeight',
  'variationalForm',
  'variationalWeight',
  'publishedLoss',
  'baseWeight',
] as const;
export type LossOptions = Pick<TrainerOptions, (typeof optionNames)[number]>;

export function lossOptionsOf(options: TrainerOptions): LossOptions {
  return Object.fromEntries(optionNames.map((name) => [name, options[name]])) as unknown as LossOptions;
}

/** As in `Losses` of trainer.ts. */
export const lossNames = ['total', 'tokens', 'language', 'replacement', 'variational', 'base'] as const;

/** What the losses are made of; rows are tokens that count. */
export interface LossInput {
  readonly scores: TokenScores;
  /** What a row weighs in a mean over all tokens of the batch. */
  readonly shares: tf.Tensor1D;
  /** a [tokens, classes]; null where no loss asks for it. */
  readonly internal: tf.Tensor2D | null;
  /** q [tokens, classes]; null without a calibrator. */
  readonly external: tf.Tensor2D | null;
  /** [tokens, classes], one-hot; null as the next two where nothing of language is trained. */
  readonly labels: tf.Tensor2D | null;
  /** What a row weighs in a mean over text, ends left out. */
  readonly textShares: tf.Tensor1D | null;
  /** The same with the classes weighted. */
  readonly languageShares: tf.Tensor1D | null;
  /** Share of each class of the vocabulary [classes, 1]; null but for the published loss. */
  readonly classShares: tf.Tensor2D | null;
  /** L_var; null where there is none. */
  readonly variational: tf.Scalar | null;
  /** KL to the base [tokens]. */
  readonly base: tf.Tensor1D | null;
}

/** Whether a loss asks for a, the class masses of the model's own probabilities. */
export function needsInternal({
  languageForm,
  languageWeight,
  replacementWeight,
  publishedLoss,
}: LossOptions): boolean {
  if (publishedLoss) return false;
  return (languageWeight > 0 && /-to-/.test(languageForm)) || replacementWeight > 0;
}

/** Each part unweighted, and the weighted sum as `total`. */
export function lossesOf(
  input: LossInput,
  options: LossOptions,
): Readonly<Record<(typeof lossNames)[number], tf.Scalar>> {
  const {
    scores,
    shares,
    internal: a,
    external: q,
    labels,
    textShares,
    languageShares,
    classShares,
    variational,
    base,
  } = input;
  const nothing = tf.scalar(0);
  const share = tf.sum(shares);
  const sumOver = (values: tf.Tensor1D) => tf.sum<tf.Scalar>(tf.mul(values, shares));
  /** A mean over text as its part of the mean over the batch. */
  const partly = (mean: tf.Scalar, weights: tf.Tensor1D): tf.Scalar => tf.mul(mean, tf.sum(weights));

  const logProbability = tf.sub<tf.Tensor1D>(scores.reference, scores.normaliser);
  const language = (): tf.Scalar => {
    if (q === null || labels === null || textShares === null || languageShares === null) return nothing;
    if (options.publishedLoss) return partly(squaredLanguageLoss(q, labels, textShares), textShares);
    switch (options.languageForm) {
      case 'cross-entropy':
        return partly(languageLoss(q, labels, tf.ones([labels.shape[1]]), languageShares), languageShares);
      case 'mse':
        return partly(squaredLanguageLoss(q, labels, textShares), textShares);
      case 'model-to-calibrator':
        return partly(modelToCalibrator(a as tf.Tensor2D, q, textShares), textShares);
      case 'calibrator-to-model':
        return partly(calibratorToModel(a as tf.Tensor2D, q, textShares), textShares);
    }
  };
  const parts = {
    tokens: sumOver(
      options.publishedLoss && q !== null && labels !== null && classShares !== null
        ? publishedCrossEntropy(scores, q, labels, classShares, options.labelSmoothing)
        : smoothedCrossEntropy(scores, options.labelSmoothing),
    ),
    language: language(),
    replacement:
      options.replacementWeight > 0 && q !== null && a !== null && labels !== null && textShares !== null
        ? partly(replacementLoss(logProbability, a, q, labels, textShares), textShares)
        : nothing,
    variational: variational === null ? nothing : tf.mul<tf.Scalar>(variational, share),
    base: base === null ? nothing : sumOver(base),
  };
  const weights = {
    tokens: options.tokenWeight,
    language: options.publishedLoss ? publishedLanguageWeight : options.languageWeight,
    replacement: options.replacementWeight,
    variational: options.variationalWeight,
    base: options.baseWeight,
  };
  const total = tf.addN(
    (Object.keys(weights) as (keyof typeof weights)[])
      .filter((name) => weights[name] > 0)
      .map((name) => tf.mul<tf.Scalar>(parts[name], weights[name])),
  );
  return { total, ...parts };
}

/** Beside a sum over the tokens of an utterance. */
const publishedLanguageWeight = 5;

/**
 * What the published code descends (method-specs 1.6): KLdiv of the score 2 log p + q[language], which is not normalised,
 * with the smoothed target, without its constant: [tokens]. Its sum over the tokens of an utterance is what counts.
 */
export function publishedCrossEntropy(
  scores: TokenScores,
  q: tf.Tensor2D,
  labels: tf.Tensor2D,
  classShares: tf.Tensor2D,
  smoothing: number,
): tf.Tensor1D {
  const own = tf.sum(tf.mul(q, labels), 1);
  const ofAll = tf.reshape(tf.matMul(q, classShares), own.shape);
  const language = tf.add(tf.mul(own, 1 - smoothing), tf.mul(ofAll, smoothing));
  return tf.sub(tf.mul(smoothedCrossEntropy(scores, smoothing), 2), language);
}

/** L_var as `noise-consistency`: how far noise in the sound moves the encoder's states, whose quiet form is the goal. */
export function consistencyLoss(clean: tf.Tensor3D, noisy: tf.Tensor3D): tf.Scalar {
  return tf.mean(tf.squaredDifference(stopGradient(clean), noisy));
}
