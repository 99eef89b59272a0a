import assert from 'node:assert/strict';
import { distanceErrors } from '../../src/report/distance-errors.ts';
import { scoreHypothesis } from '../../src/scoring/score-hypothesis.ts';
import { hypothesisOf } from '../support/scored.ts';
import { profile } from './sample-run.ts';

const alignmentOf = (reference: string, text: string) =>
  scoreHypothesis(hypothesisOf(text), reference, { profile, languages: ['zh', 'en'], switchWindow: 1, system: null })
    .alignment;

describe('distanceErrors', () => {
  it('counts units by language and distance, worked by hand', () => {
    // Distances:        4 3 2 1  1    1     1 2
    const reference = '我们今天 have lunch 好吗';
    const sums = distanceErrors([alignmentOf(reference, '我们明天 had lunch 好'), alignmentOf(reference, reference)]);
    const counts = (language: string) => sums.get(language)?.map(({ count, of }) => [count, of]);
    assert.deepEqual(counts('zh'), [
      [0, 4],
      [2, 4],
      [0, 2],
      [0, 2],
      [0, 0],
    ]);
    assert.deepEqual(counts('en'), [
      [1, 4],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('leaves out texts without a switch, and insertions', () => {
    assert.deepEqual([...distanceErrors([alignmentOf('我们今天', '我们明天')])], []);
    assert.equal(distanceErrors([alignmentOf('今天 lunch', '今天 a lunch')]).get('en')?.[0]?.count, 0);
  });
});
