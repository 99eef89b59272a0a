import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import {
  calibratorToModel,
  classMarginals,
  divergence,
  languageLoss,
  modelToCalibrator,
  replacementLoss,
  stopGradient,
} from '../../src/training/language-losses.ts';
import { keepBackend } from '../support/devices.ts';

const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 50);
const K = 3;
const distribution = fc
  .array(fc.oneof(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.constant(0)), { minLength: K, maxLength: K })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, one) => sum + one)));
/** The mask of one row that counts. */
const one = (): tf.Tensor1D => tf.tensor1d([1]);
const number = (work: () => tf.Tensor): number => tf.tidy(() => work().dataSync()[0]!);

describe('losses of language awareness', () => {
  keepBackend();
  before(() => tf.setBackend('cpu'));

  it('I7: the divergence is never below 0, is 0 where both are the same, and above 0 where they are not', () => {
    fc.assert(
      fc.property(distribution, distribution, (p, r) => {
        const found = number(() => divergence(tf.tensor2d([p]), tf.tensor2d([r]), one()));
        assert.ok(found >= -1e-6 && Number.isFinite(found), `${found}`);
        const gap = Math.max(...p.map((value, i) => Math.abs(value - r[i]!)));
        // Pinsker: the divergence is at least half the square of the summed differences.
        if (gap > 0.01) assert.ok(found >= (2 * gap * gap) / 2, `${found} at a gap of ${gap}`);
        assert.ok(Math.abs(number(() => divergence(tf.tensor2d([p]), tf.tensor2d([p]), one()))) < 1e-7);
      }),
      { numRuns: Math.min(runs, 2000) },
    );
  });

  it('equals sums by hand', () => {
    const q = [
      [0.7, 0.2, 0.1],
      [0.1, 0.8, 0.1],
      [0.3, 0.3, 0.4],
    ];
    const a = [
      [0.5, 0.25, 0.25],
      [0.2, 0.6, 0.2],
      [1, 0, 0],
    ];
    const labels = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const mask = [1, 1, 0];
    const kl = (p: number[][], r: number[][]): number =>
      [0, 1].reduce((sum, i) => sum + p[i]!.reduce((all, x, k) => all + x * Math.log(x / r[i]![k]!), 0), 0) / 2;
    const close = (found: number, expected: number): void => {
      assert.ok(Math.abs(found - expected) < 1e-6, `${found} instead of ${expected}`);
    };
    const [A, Q, L, M] = [
      () => tf.tensor2d(a),
      () => tf.tensor2d(q),
      () => tf.tensor2d(labels),
      () => tf.tensor1d(mask),
    ];
    close(
      number(() => modelToCalibrator(A(), Q(), M())),
      kl(q, a),
    );
    close(
      number(() => calibratorToModel(A(), Q(), M())),
      kl(a, q),
    );
    close(
      number(() => languageLoss(Q(), L(), tf.tensor1d([1, 3, 9]), M())),
      -(Math.log(0.7) + 3 * Math.log(0.8)) / 4,
    );
    close(
      number(() => replacementLoss(tf.tensor1d([-1, -2, -3]), A(), Q(), L(), M())),
      (1 + Math.log(0.5) - Math.log(0.7) + 2 + Math.log(0.6) - Math.log(0.8)) / 2,
    );
    close(
      number(() => modelToCalibrator(A(), Q(), tf.zeros([3]))),
      0,
    );
  });

  it('I16: the gradient on the detached side is exactly 0, and not 0 on the other', () => {
    const a = tf.tensor2d([[0.5, 0.25, 0.25]]);
    const q = tf.tensor2d([[0.7, 0.2, 0.1]]);
    const labels = tf.tensor2d([[1, 0, 0]]);
    const gradients = (loss: (a: tf.Tensor2D, q: tf.Tensor2D) => tf.Scalar): number[][] =>
      tf
        .grads((x, y) => loss(x as tf.Tensor2D, y as tf.Tensor2D))([a, q])
        .map((gradient) => Array.from(gradient.dataSync()));
    const detached = (values: number[] | undefined): boolean => values!.every((value) => value === 0);

    const toCalibrator = gradients((x, y) => modelToCalibrator(x, y, one()));
    assert.deepEqual(toCalibrator.map(detached), [false, true]);
    const toModel = gradients((x, y) => calibratorToModel(x, y, one()));
    assert.deepEqual(toModel.map(detached), [true, false]);
    const replacement = gradients((x, y) => replacementLoss(tf.tensor1d([-1]), x, y, labels, one()));
    assert.deepEqual(replacement.map(detached), [true, false]);
    tf.dispose([a, q, labels]);
  });

  it('I16: gradients of the losses are those of finite differences', () => {
    const logits = [0.3, -0.2, 0.9, 0.1];
    const head = [0.4, -0.3, 0.2];
    const classes = tf.tensor2d([
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const loss = (x: tf.Tensor, y: tf.Tensor): tf.Scalar => {
      const a = classMarginals(tf.reshape(x, [1, 4]), classes);
      const q = tf.softmax(tf.reshape<tf.Rank.R2>(y, [1, 3]));
      return tf.add(divergence(q, a, one()), divergence(a, q, one()));
    };
    const exact = tf
      .grads(loss)([tf.tensor1d(logits), tf.tensor1d(head)])
      .map((gradient) => gradient.dataSync());
    [logits, head].forEach((values, which) => {
      values.forEach((_, i) => {
        const step = 1e-2;
        const at = (change: number): number =>
          number(() => {
            const moved = [logits, head].map((list, k) =>
              tf.tensor1d(list.map((value, j) => (k === which && j === i ? value + change : value))),
            );
            return loss(moved[0]!, moved[1]!);
          });
        const expected = (at(step) - at(-step)) / (2 * step);
        assert.ok(Math.abs(exact[which]![i]! - expected) < 1e-3, `${exact[which]![i]!} instead of ${expected}`);
      });
    });
  });

  it('I16: a frozen backbone receives no gradient, the adapter and the head behind it do', () => {
    const input = tf.tensor2d([[0.2, -0.4, 0.6]]);
    const classes = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const shapes: [number, number][] = [
      [3, 5],
      [3, 5],
      [5, 4],
      [5, 3],
    ];
    const weights = shapes.map((shape, i) => tf.randomUniform(shape, -1, 1, 'float32', i + 1));
    const loss = (backbone: tf.Tensor, adapter: tf.Tensor, vocabulary: tf.Tensor, head: tf.Tensor): tf.Scalar => {
      const frozen = stopGradient(backbone);
      const state = tf.tanh(tf.matMul(input, tf.add(frozen, adapter)));
      const logits = tf.matMul<tf.Tensor2D>(state, stopGradient(vocabulary));
      const q = tf.softmax(tf.matMul<tf.Tensor2D>(state, head));
      const a = classMarginals(logits, classes);
      const labels = tf.tensor2d([[0, 1, 0]]);
      const chosen = tf.reshape<tf.Rank.R1>(tf.slice(tf.logSoftmax(logits), [0, 1], [1, 1]), [1]);
      const terms = [
        modelToCalibrator(a, q, one()),
        languageLoss(q, labels, tf.ones([3]), one()),
        replacementLoss(chosen, a, q, labels, one()),
      ];
      return tf.addN(terms);
    };
    const largest = tf
      .grads((...given: tf.Tensor[]) => loss(given[0]!, given[1]!, given[2]!, given[3]!))(weights)
      .map((gradient) => Math.max(...gradient.dataSync().map(Math.abs)));
    assert.equal(largest[0], 0, 'backbone');
    assert.equal(largest[2], 0, 'vocabulary');
    assert.ok(largest[1]! > 1e-4 && largest[3]! > 1e-4, `adapter ${largest[1]!}, head ${largest[3]!}`);
  });

  it('leaves no tensor behind but its value', () => {
    const given = [tf.tensor2d([[0.5, 0.25, 0.25]]), tf.tensor2d([[0.7, 0.2, 0.1]])] as const;
    const labels = tf.tensor2d([[1, 0, 0]]);
    const mask = one();
    const weights = tf.ones<tf.Rank.R1>([K]);
    const before = tf.memory().numTensors;
    tf.dispose([
      modelToCalibrator(...given, mask),
      calibratorToModel(...given, mask),
      languageLoss(given[1], labels, weights, mask),
      replacementLoss(mask, ...given, labels, mask),
    ]);
    assert.equal(tf.memory().numTensors, before);
    tf.dispose([...given, labels, mask, weights]);
  });
});
