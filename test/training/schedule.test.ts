import assert from 'node:assert/strict';
import { fitTemperature } from '../../src/training/fit-temperature.ts';
import { learningRateAt } from '../../src/training/schedule.ts';

describe('the learning rate', () => {
  const options = { learningRate: 2, warmUp: 4, steps: 12 };
  const rates = (schedule: 'constant' | 'linear' | 'cosine') =>
    Array.from({ length: 14 }, (_, step) => learningRateAt(step + 1, { ...options, schedule }));
  const near = (found: number, expected: number) =>
    assert.ok(Math.abs(found - expected) < 1e-12, `${found} instead of ${expected}`);

  it('rises in a line, and falls to 0 one step behind the last', () => {
    for (const schedule of ['constant', 'linear', 'cosine'] as const) {
      [0.4, 0.8, 1.2, 1.6, 2].forEach((rate, step) => near(rates(schedule)[step]!, rate));
    }
    assert.deepEqual(rates('constant').slice(4), new Array(10).fill(2));
    [2, 1.75, 1.5].forEach((rate, step) => near(rates('linear')[4 + step]!, rate));
    near(rates('linear')[11]!, 0.25);
    assert.deepEqual(rates('linear').slice(12), [0, 0]);
    near(rates('cosine')[8]!, 1);
    near(rates('cosine')[12]!, 0);
  });
});

describe('temperature scaling', () => {
  it('finds the temperature by which scores were made too sure', async () => {
    // Labels drawn by softmax(scores); what is calibrated are three times these scores.
    const scores = [2, 1, 0, -1, -2];
    const chance = (score: number, temperature: number) => 1 / (1 + Math.exp(-score / temperature));
    const nll = (temperature: number) =>
      scores.reduce((sum, score) => {
        const [truth, told] = [chance(score, 1), chance(3 * score, temperature)];
        return sum - truth * Math.log(told) - (1 - truth) * Math.log(1 - told);
      }, 0);
    assert.ok(Math.abs((await fitTemperature(nll)) / 3 - 1) < 0.01);
  });
});
