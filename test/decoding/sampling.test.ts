import assert from 'node:assert/strict';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { toyModel } from '../support/toy-model.ts';

const words = ['a', 'b', 'c'];
const endOfText = words.length;
/** After the four tokens of the prompt one word with these scores, then the end. */
const scores = [2, 1, -1];
const model = toyModel({
  words,
  next: (tokens) =>
    tokens.length === 4 ? new Map(scores.map((score, token) => [token, score])) : new Map([[endOfText, 0]]),
});
const options = { ...defaultTranscribeOptions, tags: [['en']], withoutTimestamps: true };

async function sample(seed: number, temperature: number, bestOf: number) {
  const session = await model.openDecoder(new Float32Array(0), 0);
  return decodeWindow(
    { session, model, random: randomNumbers(seed), loopRatio: null },
    { ...options, temperature, bestOf },
  );
}

describe('sampling', () => {
  for (const temperature of [0.5, 1, 2]) {
    it(`draws words as softmax(scores / ${temperature}) says`, async () => {
      const { candidates } = await sample(1, temperature, 4000);
      const weights = scores.map((score) => Math.exp(score / temperature));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      weights.forEach((weight, word) => {
        const drawn = candidates.filter(({ tokens }) => tokens[0] === word).length / candidates.length;
        // Five standard deviations of a share of 20,000.
        assert.ok(
          Math.abs(drawn - weight / sum) < 5 * Math.sqrt(0.25 / 4000),
          `${words[word]}: ${drawn}, not ${weight / sum}`,
        );
      });
    });
  }

  it('scores what it drew with the probabilities at temperature 1, and keeps the most probable', async () => {
    const { candidates, tokens } = await sample(3, 2, 50);
    const normaliser = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    for (const { tokens: drawn, score, tokenScores } of candidates) {
      assert.ok(Math.abs(score - (scores[drawn[0]!]! - normaliser)) < 1e-6);
      assert.equal(tokenScores.length, 2);
    }
    assert.deepEqual(tokens, [0]);
  });

  it('gives the same text for the same seed and another one for another', async () => {
    const drawn = async (seed: number) =>
      (await sample(seed, 1, 40)).candidates
        .map(({ tokens }) => tokens[0])
        .sort()
        .join('');
    assert.equal(await drawn(5), await drawn(5));
    assert.notEqual(await drawn(5), await drawn(6));
  });

  it('does not step what has ended', async () => {
    const before = model.steps();
    await sample(1, 1, 10);
    assert.equal(model.steps() - before, 1);
  });
});

describe('randomNumbers', () => {
  it('are uniform in [0, 1)', () => {
    const next = randomNumbers(42);
    const counts = new Array<number>(20).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const number = next();
      assert.ok(number >= 0 && number < 1);
      counts[Math.floor(number * 20)]!++;
    }
    // Chi squared with 19 degrees of freedom: above 50 once in 7,000 seeds.
    const chi = counts.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    assert.ok(chi < 50, String(chi));
  });
});
