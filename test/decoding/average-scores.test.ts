import assert from 'node:assert/strict';
import { averageScore } from '../../src/decoding/average-scores.ts';

describe('scores of several models', () => {
  const near = (found: number, probability: number) => assert.ok(Math.abs(found - Math.log(probability)) < 1e-12);
  const models = [
    [0.5, 0.25],
    [0.1, 0.5],
  ].map((probabilities) => probabilities.map(Math.log));

  it('are averaged at every token: (0.5 + 0.1) / 2 times (0.25 + 0.5) / 2', () => {
    near(averageScore(models, 'token'), 0.3 * 0.375);
  });

  it('are averaged over the whole text: (0.5 x 0.25 + 0.1 x 0.5) / 2', () => {
    near(averageScore(models, 'sequence'), 0.0875);
  });

  it('are those of the one model where there is one, and survive scores far below what exp() can tell', () => {
    for (const average of ['token', 'sequence'] as const) {
      near(averageScore([models[0]!], average), 0.125);
      const far = [
        [-2000, -1],
        [-2000 + Math.log(3), -1],
      ];
      assert.ok(Math.abs(averageScore(far, average) - (-2001 + Math.log(2))) < 1e-9);
      assert.equal(averageScore([[-Infinity], [-Infinity]], average), -Infinity);
    }
  });
});
