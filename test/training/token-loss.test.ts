import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { randomNumbers } from '../../src/random-numbers.ts';
import { loadDevice } from '../../src/tensors/backend.ts';
import {
  consistencyLoss,
  lossesOf,
  publishedCrossEntropy,
  type LossInput,
  type LossOptions,
} from '../../src/training/losses.ts';
import { smoothedCrossEntropy, tokenScores } from '../../src/training/token-loss.ts';
import { keepBackend } from '../support/devices.ts';
import { assertGradients } from '../support/finite-differences.ts';

const [tokens, width, vocabulary, groups] = [3, 4, 7, 2];
const random = randomNumbers(3);
const numbers = (length: number) => Array.from({ length }, () => 2 * random() - 1);
const states = numbers(tokens * width);
const embedding = numbers(width * vocabulary);
const next = [2, 6, 0];
const membership = Array.from({ length: vocabulary }, (_, token) => (token < 3 ? [1, 0] : [0, 1]));

const scoresOf = (given: tf.Tensor) =>
  tokenScores(
    tf.reshape(given, [tokens, width]),
    tf.tensor1d(next, 'int32'),
    new Map([['model.decoder.embed_tokens.weight', tf.tensor2d(embedding, [width, vocabulary])]]),
    tf.tensor2d(membership),
  );

/** Rows of log-probabilities in 64 bits. */
function logProbabilities(): number[][] {
  return Array.from({ length: tokens }, (_, row) => {
    const scores = Array.from({ length: vocabulary }, (__, token) =>
      Array.from({ length: width }, (___, i) => states[row * width + i]! * embedding[i * vocabulary + token]!).reduce(
        (a, b) => a + b,
      ),
    );
    const log = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    return scores.map((score) => score - log);
  });
}

const close = (found: ArrayLike<number>, expected: readonly number[], within = 1e-5) => {
  assert.equal(found.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < within, `${found[i]!} instead of ${value}`));
};

const options: LossOptions = {
  labelSmoothing: 0.1,
  tokenWeight: 1,
  languageForm: 'cross-entropy',
  languageWeight: 0,
  replacementWeight: 0,
  variationalForm: 'kl',
  variationalWeight: 0,
  publishedLoss: false,
  baseWeight: 0,
};

describe('the loss of tokens', () => {
  keepBackend();
  before(() => loadDevice('tfjs-cpu'));

  it('is cross-entropy against a smoothed target, and tells the masses of groups', () => {
    tf.tidy(() => {
      const scores = scoresOf(tf.tensor1d(states));
      const expected = logProbabilities().map(
        (row, i) => -row.reduce((sum, log, token) => sum + log * ((token === next[i] ? 0.9 : 0) + 0.1 / vocabulary), 0),
      );
      close(smoothedCrossEntropy(scores, 0.1).dataSync(), expected);
      const masses = logProbabilities().flatMap((row) => {
        const first = row.slice(0, 3).reduce((sum, log) => sum + Math.exp(log), 0);
        return [first, 1 - first];
      });
      close(scores.masses!.dataSync(), masses);
      close(
        scores.largest.dataSync().map((value, i) => value - scores.normaliser.dataSync()[i]!),
        logProbabilities().map((row) => Math.max(...row)),
      );
    });
  });

  it('has the gradient of finite differences, through the normaliser and through the masses', () => {
    assertGradients([states], (given) => tf.sum(smoothedCrossEntropy(scoresOf(given), 0.1)));
    const weights = tf.tensor2d(numbers(tokens * groups), [tokens, groups]);
    assertGradients([states], (given) => tf.sum(tf.mul(tf.log(scoresOf(given).masses!), weights)));
    weights.dispose();
  });

  const q = [0.7, 0.3, 0.2, 0.8, 0.5, 0.5];
  const labels = [1, 0, 0, 1, 1, 0];
  const inputOf = (x: tf.Tensor, y: tf.Tensor, shares: readonly number[] = [1 / 3, 1 / 3, 1 / 3]): LossInput => {
    const scores = scoresOf(x);
    return {
      scores,
      shares: tf.tensor1d([...shares]),
      internal: scores.masses,
      external: tf.softmax(tf.reshape<tf.Rank.R2>(y, [tokens, 2])),
      labels: tf.tensor2d(labels, [tokens, 2]),
      textShares: tf.tensor1d([0.5, 0.5, 0]),
      languageShares: tf.tensor1d([0.25, 0.75, 0]),
      classShares: tf.tensor2d([3 / 7, 4 / 7], [2, 1]),
      variational: null,
      base: null,
    };
  };
  const forms = {
    'cross-entropy': { languageForm: 'cross-entropy', languageWeight: 0.7 },
    mse: { languageForm: 'mse', languageWeight: 0.7 },
    replacement: { replacementWeight: 0.5 },
    published: { publishedLoss: true },
  } as const;
  for (const [name, form] of Object.entries(forms)) {
    it(`of a whole step has the gradient of finite differences: ${name}`, () => {
      // The replaced score takes a as it is, so by the states only the plain loss is compared there.
      const which = name === 'replacement' ? [q.map(Math.log)] : [states, q.map(Math.log)];
      assertGradients(which, (...given) => {
        const [x, y] = given.length === 1 ? [tf.tensor1d(states), given[0]!] : [given[0]!, given[1]!];
        return lossesOf(inputOf(x, y), { ...options, ...form }).total;
      });
    });
  }

  it('adds up: parts of a batch give what the whole gives', () => {
    tf.tidy(() => {
      const [x, y] = [tf.tensor1d(states), tf.tensor1d(q.map(Math.log))];
      const all = { ...options, languageWeight: 1, replacementWeight: 1 };
      const whole = lossesOf(inputOf(x, y), all).total.dataSync()[0]!;
      const part = (rows: readonly number[]) => {
        const input = inputOf(x, y);
        const only = (shares: tf.Tensor1D | null) => tf.mul<tf.Tensor1D>(shares!, tf.tensor1d([...rows]));
        return lossesOf(
          {
            ...input,
            shares: only(input.shares),
            textShares: only(input.textShares),
            languageShares: only(input.languageShares),
          },
          all,
        ).total.dataSync()[0]!;
      };
      assert.ok(Math.abs(part([1, 0, 0]) + part([0, 1, 1]) - whole) < 1e-5);
    });
  });

  it('as published is the score 2 log p + q against the smoothed target', () => {
    tf.tidy(() => {
      const own = publishedCrossEntropy(
        scoresOf(tf.tensor1d(states)),
        tf.tensor2d(q, [tokens, 2]),
        tf.tensor2d(labels, [tokens, 2]),
        tf.tensor2d([3 / 7, 4 / 7], [2, 1]),
        0.1,
      ).dataSync();
      // q of the class of every token of the vocabulary, and the label of the reference token is its class.
      const classOf = (token: number) => (token < 3 ? 0 : 1);
      const expected = logProbabilities().map(
        (row, i) =>
          -row.reduce((sum, log, token) => {
            const target = (token === next[i] ? 0.9 : 0) + 0.1 / vocabulary;
            return (
              sum +
              target *
                (2 * log + q[2 * i + (token === next[i] ? labels.slice(2 * i, 2 * i + 2).indexOf(1) : classOf(token))]!)
            );
          }, 0),
      );
      // The reference token's own smoothed part is counted by its class here, by its label above: the same but for rounding.
      close(own, expected, 0.02);
    });
  });

  it('of consistency moves the noisy side alone', () => {
    tf.tidy(() => {
      const [clean, noisy] = [tf.tensor3d([1, 2], [1, 1, 2]), tf.tensor3d([2, 4], [1, 1, 2])];
      assert.equal(consistencyLoss(clean, noisy).dataSync()[0], 2.5);
      const [first, second] = tf.grads((a, b) => consistencyLoss(a as tf.Tensor3D, b as tf.Tensor3D))([clean, noisy]);
      assert.deepEqual([...first!.dataSync()], [0, 0]);
      assert.deepEqual([...second!.dataSync()], [1, 2]);
    });
  });
});
