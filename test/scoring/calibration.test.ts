import assert from 'node:assert/strict';
import fc from 'fast-check';
import { calibrationCounts, calibrationOf, decisionAmong, decisionOf } from '../../src/scoring/calibration.ts';
import { sumCounts } from '../../src/scoring/sum-counts.ts';

const close = (value: number | null, expected: number): void =>
  assert.ok(value !== null && Math.abs(value - expected) < 1e-12, `${value} is not ${expected}`);

describe('calibration', () => {
  it('of eight decisions in two bins is what the formulas give by hand', () => {
    // Of 15 bins, number 12 holds 0.8 to 0.867, number 9 holds 0.6 to 0.667.
    const decisions = [
      ...[true, true, true, false].map((right) => decisionOf(0.85, right)),
      ...[true, true, false, false].map((right) => decisionOf(0.61, right)),
    ];
    const counts = calibrationCounts(decisions);
    assert.deepEqual(
      counts.decisions.flatMap((count, bin) => (count > 0 ? [[bin, count, counts.correct[bin]]] : [])),
      [
        [9, 4, 2],
        [12, 4, 3],
      ],
    );
    const figures = calibrationOf(counts);
    assert.equal(figures.decisions, 8);
    close(figures.accuracy, 5 / 8);
    close(figures.expectedCalibrationError, 0.5 * (0.85 - 0.75) + 0.5 * (0.61 - 0.5));
    const likelihood = -(3 * Math.log(0.85) + Math.log(0.15) + 2 * Math.log(0.61) + 2 * Math.log(0.39)) / 8;
    close(figures.negativeLogLikelihood, likelihood);
    const entropy = -(5 / 8) * Math.log(5 / 8) - (3 / 8) * Math.log(3 / 8);
    close(figures.normalisedCrossEntropy, (entropy - likelihood) / entropy);
  });

  it('of confidences that hold what they say is without error', () => {
    const decisions = Array.from({ length: 100 }, (_, at) => decisionOf(0.75, at % 4 !== 0));
    close(calibrationOf(calibrationCounts(decisions)).expectedCalibrationError, 0);
  });

  it('of a choice among classes looks at the largest, and at what the truth was given', () => {
    assert.deepEqual(decisionAmong([0.2, 0.7, 0.1], 1), { confidence: 0.7, isCorrect: true, ofTruth: 0.7 });
    assert.deepEqual(decisionAmong([0.2, 0.7, 0.1], 0), { confidence: 0.7, isCorrect: false, ofTruth: 0.2 });
    assert.deepEqual(decisionAmong([0.5, 0.5], 1), { confidence: 0.5, isCorrect: false, ofTruth: 0.5 });
  });

  it('stays finite at probabilities 0 and 1, and is null without decisions', () => {
    const figures = calibrationOf(calibrationCounts([decisionOf(1, false), decisionOf(0, true), decisionOf(1, true)]));
    assert.ok(Object.values(figures).every((value) => Number.isFinite(value)));
    const { decisions, ...rest } = calibrationOf(calibrationCounts([]));
    assert.equal(decisions, 0);
    assert.ok(Object.values(rest).every((value) => value === null));
  });

  it('adds up: counts of all are the sums of the counts of parts', () => {
    const decision = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
    const some = fc.array(
      decision.map(([confidence, right]) => decisionOf(confidence, right)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(some, some, (a, b) => {
        const summed = sumCounts(calibrationCounts(a), [calibrationCounts(b)]);
        const whole = calibrationCounts([...a, ...b]);
        assert.deepEqual(summed.decisions, whole.decisions);
        assert.deepEqual(summed.correct, whole.correct);
        whole.confidence.forEach((value, bin) => assert.ok(Math.abs(value - summed.confidence[bin]!) < 1e-9));
      }),
    );
  });
});
