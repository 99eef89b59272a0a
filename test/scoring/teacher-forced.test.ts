import assert from 'node:assert/strict';
import type { TokenScore } from '../../src/records.ts';
import { calibrationOf } from '../../src/scoring/calibration.ts';
import { scoreHypothesis } from '../../src/scoring/score-hypothesis.ts';
import { summarise } from '../../src/scoring/summary.ts';
import { sumCounts } from '../../src/scoring/sum-counts.ts';
import { f1ByLanguage, teacherForcedCounts } from '../../src/scoring/teacher-forced.ts';
import { hypothesisOf, spacedOptions } from '../support/scored.ts';

const languages = ['zh', 'en'];

const token = (id: number, language: string, probability: number, internal: number[], characters = 1): TokenScore => ({
  token: id,
  characters,
  logProbability: -9,
  score: Math.log(probability),
  language,
  internal,
  external: internal.slice(0, 2).map((_, at) => (at === 0 ? 0.25 : 0.75)),
});

/** Four tokens of text between timestamps; the third only continues a character. */
const scores = [
  token(900, 'other', 0.1, [0.1, 0.1, 0.8], 0),
  token(1, 'zh', 0.6, [0.6, 0.2, 0.2]),
  token(2, 'zh', 0.3, [0.3, 0.6, 0.1]),
  token(3, 'zh', 0.9, [1, 0, 0], 0),
  token(4, 'en', 0.5, [0.1, 0.8, 0.1]),
  token(901, 'other', 0.1, [0.1, 0.1, 0.8], 0),
];
const choices = scores.map((score) => (score.token === 2 ? token(7, 'en', 0.4, [0.3, 0.6, 0.1]) : score));

const close = (value: number | null, expected: number): void =>
  assert.ok(value !== null && Math.abs(value - expected) < 1e-12, `${value} is not ${expected}`);

describe('a teacher-forced text', () => {
  const counts = teacherForcedCounts(scores, choices, languages);

  it('has the likelihood of its own tokens, and the calibration of those that were most probable', () => {
    const { decisions, accuracy, negativeLogLikelihood, expectedCalibrationError } = calibrationOf(counts.tokens);
    assert.equal(decisions, 4);
    close(accuracy, 3 / 4);
    close(negativeLogLikelihood, -Math.log(0.6 * 0.3 * 0.9 * 0.5) / 4);
    // One token in each of four bins: right at 0.6, 0.9 and 0.5, wrong at 0.4.
    close(expectedCalibrationError, (0.4 + 0.4 + 0.1 + 0.5) / 4);
  });

  it('has a and q held against the languages of its tokens, where characters begin', () => {
    const { decisions, accuracy, negativeLogLikelihood } = calibrationOf(counts.internal.calibration);
    assert.equal(decisions, 3);
    close(accuracy, 2 / 3);
    close(negativeLogLikelihood, -Math.log((0.6 / 0.8) * (0.3 / 0.9) * (0.8 / 0.9)) / 3);
    assert.deepEqual(counts.internal.confusion, [1, 1, 0, 1]);
    assert.deepEqual(f1ByLanguage(counts.internal, languages), [2 / 3, 2 / 3]);
    assert.deepEqual(counts.external.confusion, [0, 2, 0, 1]);
    assert.deepEqual(f1ByLanguage(counts.external, languages), [0, 0.5]);
  });

  it('goes with its hypothesis into the score, where the languages are the same, and into the summary', () => {
    const heard = hypothesisOf('x', { forced: { scores, choices } });
    const { forced } = summarise([scoreHypothesis(heard, 'y', spacedOptions)]);
    assert.equal(forced.tokens.decisions, 4);
    close(forced.tokens.negativeLogLikelihood, -Math.log(0.6 * 0.3 * 0.9 * 0.5) / 4);
    close(forced.internal.negativeLogLikelihood, -Math.log((0.6 / 0.8) * (0.3 / 0.9) * (0.8 / 0.9)) / 3);
    // Said 0.75 and right, 0.67 and wrong, 0.89 and right: a decision in each of three bins.
    close(forced.internal.expectedCalibrationError, (0.25 + 2 / 3 + 1 / 9) / 3);
    close(forced.external.negativeLogLikelihood, -Math.log(0.25 * 0.25 * 0.75) / 3);
    assert.deepEqual(forced.internal.f1, { zh: 2 / 3, en: 2 / 3 });
    const others = scoreHypothesis({ ...heard, languages: ['en', 'zh'] }, 'y', spacedOptions);
    assert.equal(summarise([others]).forced.tokens.decisions, 0);
    assert.deepEqual(others.counts.forced.internal.confusion, [0, 0, 0, 0]);
  });

  it('has sums: two texts have the counts of both', () => {
    const twice = sumCounts(counts, [counts]);
    const whole = teacherForcedCounts([...scores, ...scores], [...choices, ...choices], languages);
    assert.deepEqual(twice.internal.confusion, whole.internal.confusion);
    assert.deepEqual(twice.tokens.decisions, whole.tokens.decisions);
    close(twice.tokens.negativeLogLikelihood, whole.tokens.negativeLogLikelihood);
  });

  it('without a calibrator has no decisions of q', () => {
    const bare = scores.map((score) => ({ ...score, external: null }));
    const { external } = teacherForcedCounts(bare, bare, languages);
    assert.equal(calibrationOf(external.calibration).decisions, 0);
    assert.deepEqual(f1ByLanguage(external, languages), [null, null]);
  });
});
