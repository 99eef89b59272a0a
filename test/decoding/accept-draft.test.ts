import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acceptDraft } from '../../src/decoding/accept-draft.ts';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { toyModel } from '../support/toy-model.ts';
import { hashes } from './hashed-model.ts';

const words = ['a', 'b', 'c', 'd', 'e'];
const endOfText = words.length;
const prompt = 4;

/** Scores are hashes of the tokens so far: some tokens are sure, some are close calls; after eight words it ends. */
const toy = (seed: number) =>
  toyModel({
    words,
    next: (tokens) => {
      if (tokens.length >= prompt + 8) return new Map([[endOfText, 0]]);
      const scores = hashes(seed, tokens, words.length);
      return new Map(Array.from(scores, (score, token) => [token, 1.5 * score]));
    },
  });
const options = { ...defaultTranscribeOptions, tags: [['en']], withoutTimestamps: true, suppressBlank: false };

describe('a draft of a text', () => {
  const seeds = fc.integer({ min: 1, max: 10_000 });
  const tokens = fc.array(fc.nat(words.length - 1), { maxLength: 10 });

  it('leads a greedy search to what it finds without one, token for token and score for score', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(seeds, tokens, fc.nat(8), async (seed, noise, kept) => {
        const model = toy(seed);
        const session = await model.openDecoder(new Float32Array(0), 0);
        const tools = { session, model, random: randomNumbers(0), loopRatio: null };
        const greedy = { ...options, temperature: 0, beamSize: 1 };
        const alone = await decodeWindow(tools, greedy);
        // The right text as far as `kept`, then whatever.
        const draft = [...alone.tokens.slice(0, kept), ...noise];
        const begun = await acceptDraft(tools, options, draft, []);
        taken += begun.tokens.length;
        assert.deepEqual(begun.tokens, draft.slice(0, begun.tokens.length));
        const led = await decodeWindow({ ...tools, begun }, greedy);
        assert.deepEqual(led.tokens, alone.tokens);
        assert.ok(Math.abs(led.averageLogProbability - alone.averageLogProbability) < 1e-6);
        assert.deepEqual(
          led.tokenScores.map(({ token, score }) => [token, score.toFixed(6)]),
          alone.tokenScores.map(({ token, score }) => [token, score.toFixed(6)]),
        );
      }),
    );
    assert.ok(taken > 100, `${taken} tokens were taken over`);
  });

  it('that holds to its end may be the whole text: what was taken over counts where candidates are ranked', async () => {
    // "a b", then the end with 0.6, or "a b" again and again, each token of which is nearly sure.
    const model = toyModel({
      words,
      next: (given) => {
        const said = given.slice(prompt);
        const scores = new Map([[said.length % 2, 0]]);
        return said.length === 2
          ? new Map([
              [endOfText, Math.log(0.6)],
              [0, Math.log(0.4)],
            ])
          : said.length >= 12
            ? new Map([[endOfText, 0]])
            : scores;
      },
    });
    const session = await model.openDecoder(new Float32Array(0), 0);
    const tools = { session, model, random: randomNumbers(0), loopRatio: null };
    const search = { ...options, temperature: 0, beamSize: 5, lengthPenalty: 1 };
    const alone = await decodeWindow(tools, search);
    const begun = await acceptDraft(tools, options, [0, 1], []);
    assert.deepEqual(begun.tokens, [0, 1]);
    const led = await decodeWindow({ ...tools, begun }, search);
    assert.deepEqual(led.tokens, alone.tokens);
    assert.ok(Math.abs(led.averageLogProbability - alone.averageLogProbability) < 1e-6);
  });
});
