import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import { plainScorer, type Scorer } from '../../src/decoding/scorer.ts';
import { searchShortlist } from '../../src/decoding/shortlist.ts';
import { toyModel } from '../support/toy-model.ts';

const words = ['a', 'b', 'c', 'd'];
const endOfText = words.length;
const plain = {
  ...defaultTranscribeOptions,
  tags: [['en']],
  temperature: 0,
  withoutTimestamps: true,
  suppressTokens: [],
};

/** Scores that depend on every token before: 23 random bits from -4 to 4, exact in 32-bit floats. */
function hashedScore(seed: number, tokens: readonly number[], token: number): number {
  let hash = 2_166_136_261 ^ seed;
  for (const one of [...tokens, token]) hash = Math.imul(hash ^ one, 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  hash ^= hash >>> 13;
  return ((hash >>> 9) / 2 ** 23) * 8 - 4;
}

/** Words and the end are possible, nothing else. */
const hashedModel = (seed: number, count: number) => {
  const tokens = Array.from({ length: count }, (_, i) => i);
  const start = 4; // <|startoftranscript|>, language, task, <|notimestamps|>
  return toyModel({
    words,
    next: (prefix) =>
      new Map([...tokens, endOfText].map((token) => [token, hashedScore(seed, prefix.slice(start), token)])),
  });
};

/** Every sequence up to `depth` words, with its log-probability: ended, or cut off at `depth`. */
function enumerate(
  seed: number,
  count: number,
  depth: number,
  suppressBlank: boolean,
): { tokens: number[]; score: number }[] {
  const all: { tokens: number[]; score: number }[] = [];
  const visit = (tokens: number[], score: number): void => {
    if (tokens.length === depth) {
      all.push({ tokens, score });
      return;
    }
    const possible = [...Array(count).keys(), ...(suppressBlank && tokens.length === 0 ? [] : [endOfText])];
    const scores = possible.map((token) => hashedScore(seed, tokens, token));
    const normaliser = Math.log(scores.reduce((sum, one) => sum + Math.exp(one), 0));
    possible.forEach((token, i) => {
      const next = score + scores[i]! - normaliser;
      if (token === endOfText) all.push({ tokens, score: next });
      else visit([...tokens, token], next);
    });
  };
  visit([], 0);
  return all;
}

describe('beam search', () => {
  it('as wide as the tree finds every sequence, ranked as by enumeration', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(null, 0, 0.3, 1),
        async (seed, count, sampleLength, lengthPenalty) => {
          const model = hashedModel(seed, count);
          const session = await model.openDecoder(new Float32Array(0), 0);
          const tools = { session, model, random: randomNumbers(0), loopRatio: null };
          const beamSize = (count + 1) ** sampleLength;
          const { candidates } = await decodeWindow(tools, { ...plain, beamSize, sampleLength, lengthPenalty });
          session.dispose();
          const value = ({ tokens, score }: { tokens: readonly number[]; score: number }): number =>
            score / (lengthPenalty === null ? tokens.length : ((5 + tokens.length) / 6) ** lengthPenalty);
          const expected = enumerate(seed, count, sampleLength, true).sort((a, b) => value(b) - value(a));
          assert.deepEqual(
            candidates.map(({ tokens }) => tokens),
            expected.map(({ tokens }) => tokens),
          );
          candidates.forEach(({ score, tokenScores }, i) => {
            // Rows hold 32 bits.
            assert.ok(Math.abs(score - expected[i]!.score) < 1e-5);
            assert.ok(Math.abs(tokenScores.reduce((sum, one) => sum + one.score, 0) - score) < 1e-9);
          });
          assert.equal(model.open(), 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  const golden = JSON.parse(readFileSync('fixtures/decoding/beam-search.json', 'utf8')) as {
    cases: {
      seed: number;
      beamSize: number | null;
      patience: number;
      lengthPenalty: number | null;
      sampleLength: number;
      timestamps: boolean;
      tokens: number[];
      score: number;
      finished: number[][];
    }[];
  };
  for (const listing of [undefined, 2]) {
    const told = listing === undefined ? 'whole rows' : `the best ${listing} tokens`;
    it(`chooses the same tokens as openai-whisper's decoder on ${golden.cases.length} toy models, timestamp rules included, from ${told}`, () =>
      chooseAsGolden(listing));
  }

  async function chooseAsGolden(listing: number | undefined): Promise<void> {
    for (const one of golden.cases) {
      const model = toyModel({
        words,
        facts: { textPositions: 40 },
        ...(listing !== undefined && { listing }),
        next: (prefix) => {
          const start = one.timestamps ? 3 : 4;
          const row = new Float32Array(words.length + 10 + 1501).fill(-30);
          const sampled = prefix.slice(start);
          for (let token = 0; token < 40; token++) row[token] = hashedScore(one.seed, sampled, token);
          return row;
        },
      });
      const suppressTokens = [-1, 2];
      const shortlist = searchShortlist(model.tokenizer, null, { suppressTokens }, 1);
      const session = await model.openDecoder(new Float32Array(0), 0, { states: false, attention: false, shortlist });
      const tools = { session, model, random: randomNumbers(0), loopRatio: null, shortlist };
      const { sampleLength, lengthPenalty, patience } = one;
      const result = await decodeWindow(tools, {
        ...plain,
        withoutTimestamps: !one.timestamps,
        suppressTokens,
        maxInitialTimestamp: 0.1,
        beamSize: one.beamSize ?? 1,
        sampleLength,
        lengthPenalty,
        patience,
      });
      const name = JSON.stringify({ ...one, finished: undefined });
      assert.deepEqual(result.tokens, one.tokens, name);
      assert.ok(Math.abs(result.candidates[0]!.score - one.score) < 1e-4, name);
      assert.deepEqual(
        result.candidates.map(({ tokens }) => tokens.join()).sort(),
        one.finished.map((tokens) => tokens.join()).sort(),
        name,
      );
    }
  }

  it('takes its scores from the scorer, whose state follows each hypothesis', async () => {
    const model = hashedModel(1, 4);
    const session = await model.openDecoder(new Float32Array(0), 0);
    // Forbids a word to follow itself, which only the state can tell.
    const noRepeats: Scorer<number> = {
      start: -1,
      score: (evidence, last, mask) =>
        plainScorer.score(evidence, null, (row) => {
          mask(row);
          if (last >= 0) row.values[last] = -Infinity;
        }),
      next: (_, token) => token,
    };
    const tools = { session, model, random: randomNumbers(0), loopRatio: null, scorer: noRepeats as Scorer };
    const { candidates } = await decodeWindow(tools, { ...plain, beamSize: 5 ** 4, sampleLength: 4 });
    assert.ok(candidates.length > 100);
    for (const { tokens } of candidates) assert.ok(tokens.every((token, i) => token !== tokens[i - 1]));
  });
});
