import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeWindow, type WindowOptions } from '../../src/decoding/decode-window.ts';
import { shortlistFor } from '../../src/decoding/shortlist.ts';
import { languageScorer } from '../../src/decoding/language-scorer.ts';
import { oracle } from '../../src/decoding/oracle.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import type { Scorer } from '../../src/decoding/scorer.ts';
import { plainScorer } from '../../src/decoding/scorer.ts';
import { scoreTokens } from '../../src/decoding/score-tokens.ts';
import type { Candidate } from '../../src/decoding/search.ts';
import type { PathEvidence, WindowCalibrator } from '../../src/language/calibrator.ts';
import { languageSet } from '../../src/language/language-set.ts';
import { rescoringModes, type RescoringMode } from '../../src/language/language-terms.ts';
import { tokenLanguages } from '../../src/language/token-language.ts';
import { valueOf } from '../../src/language/token-row.ts';
import { toyModel, type ToyModel } from '../support/toy-model.ts';

const words = [' a', '我', ' b', '!'];
/** zh 0, en 1, other 2; the end is other. */
const classes = [1, 0, 1, 2, 2];
const endOfText = words.length;
const promptLength = 4;
const possible = [...words.keys(), endOfText];
const depth = 3;

function hashed(seed: number, tokens: readonly number[], token: number): number {
  let hash = 2_166_136_261 ^ seed;
  for (const one of [...tokens, token]) hash = Math.imul(hash ^ one, 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  hash ^= hash >>> 13;
  return ((hash >>> 9) / 2 ** 23) * 6 - 3;
}

/** Its scores depend on the language tag in the prompt. */
const hashedModel = (seed: number, listing?: number): ToyModel =>
  toyModel({
    words,
    ...(listing !== undefined && { listing }),
    next: (prefix) => new Map(possible.map((token) => [token, hashed(seed, prefix.slice(1), token)])),
  });
const { languages, transcribe, noTimestamps } = hashedModel(0).tokenizer;

/** q that moves with the path: by what the prompts say of its tokens. */
const moving: WindowCalibrator<number> = {
  start: 0.3,
  posterior: (_evidence, en) => Float64Array.of(1 - en, en),
  next: (en, token, { prompts }: PathEvidence) =>
    0.5 * en + 0.5 * (prompts.length > 1 ? sigmoid(valueOf(prompts[1]!, token) - valueOf(prompts[0]!, token)) : 0.8),
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

interface Case {
  readonly mode: RescoringMode;
  readonly weight: number;
  readonly tags: readonly (readonly string[])[];
  readonly prompt: number | null;
  /** Weights of a mixture that are not q. */
  readonly weights?: readonly [number, number];
}

interface Scored {
  readonly tokens: readonly number[];
  readonly score: number;
}

/** Every sequence with its score, by the formulas of method-specs 1.4 in 64-bit probabilities. */
function enumerate(seed: number, { mode, weight, tags, prompt, weights }: Case): Scored[] {
  const all: Scored[] = [];
  const visit = (tokens: number[], score: number, en: number): void => {
    if (tokens.length === depth) {
      all.push({ tokens, score });
      return;
    }
    const rows = tags.map((row) => {
      const prefix = [...row.map((tag) => languages.get(tag)!), transcribe, noTimestamps, ...tokens];
      const powers = possible.map((token) => Math.exp(hashed(seed, prefix, token)));
      return powers.map((power) => power / sum(powers));
    });
    const [first, second] = weights ?? [1 - en, en];
    const mixed =
      prompt === null ? possible.map((_, i) => first * rows[0]![i]! + second * rows[1]![i]!) : rows[prompt]!;
    const masked = mixed.map((p, i) => (tokens.length === 0 && possible[i] === endOfText ? 0 : p));
    const p = masked.map((one) => one / sum(masked));
    const a = [0, 1, 2].map((language) => sum(p.filter((_, i) => classes[i] === language)));
    const q = [(1 - a[2]!) * (1 - en), (1 - a[2]!) * en, a[2]!];
    const values = p.map((one, i) => {
      const language = classes[i]!;
      const factor = {
        plain: 1,
        internal: a[language]! ** weight,
        external: q[language]! ** weight,
        replace: (q[language]! / a[language]!) ** weight,
        published: one ** weight * Math.exp(weight * q[language]!),
      }[mode];
      return one === 0 ? 0 : one * factor;
    });
    possible.forEach((token, i) => {
      if (values[i] === 0) return;
      const next = score + Math.log(values[i]! / sum(values));
      if (token === endOfText) all.push({ tokens, score: next });
      else {
        const told = tags.length > 1 ? rows[1]![i]! / (rows[0]![i]! + rows[1]![i]!) : 0.8;
        visit([...tokens, token], next, 0.5 * en + 0.5 * told);
      }
    });
  };
  visit([], 0, 0.3);
  return all;
}

const single = { tags: [['zh']], prompt: 0 };
const joined = { tags: [['en', 'zh']], prompt: 0 };
const mixture = { tags: [['zh'], ['en']], prompt: null };
const apart = { ...mixture, weights: [0.4, 0.6] as const };
const told = { tags: [['zh'], ['en']], prompt: 1 };

function options({ tags }: Case): WindowOptions {
  return {
    ...defaultTranscribeOptions,
    tags,
    temperature: 0,
    withoutTimestamps: true,
    suppressTokens: [],
    sampleLength: depth,
    lengthPenalty: 0,
    beamSize: (words.length + 1) ** depth,
  };
}

const terms = ({ mode, weight, prompt }: Case) =>
  ({ mode, weight, prompt, otherPolicy: 'class', fragmentPolicy: 'inherit' }) as const;

function scorerFor(model: ToyModel, one: Case): Scorer {
  const weights = one.weights && { start: null, posterior: () => Float64Array.from(one.weights!), next: () => null };
  const declared = tokenLanguages(model.tokenizer, languageSet());
  return languageScorer(model.tokenizer, declared, terms(one), moving, weights ?? null);
}

async function search(
  model: ToyModel,
  one: Case,
  scorer: Scorer,
  more: Partial<WindowOptions> = {},
): Promise<readonly Candidate[]> {
  const declared = tokenLanguages(model.tokenizer, languageSet());
  const shortlist = shortlistFor(
    model.tokenizer,
    { declared, prompt: one.prompt },
    { ...options(one), rescoring: terms(one) },
  );
  const session = await model.openDecoder(new Float32Array(0), 0, { states: false, attention: false, shortlist });
  const tools = { session, model, random: randomNumbers(1), loopRatio: null, scorer, shortlist };
  const { candidates } = await decodeWindow(tools, { ...options(one), ...more });
  session.dispose();
  return candidates;
}

const cases = rescoringModes.flatMap((mode) =>
  [single, joined, mixture, apart, told].map((prompts) => ({ mode, weight: 0.7, ...prompts })),
);

const mixing = ({ prompt, weights }: Case): string =>
  prompt !== null ? '' : weights === undefined ? ', mixed by q' : ', mixed by other weights';

describe('beam search with languages', () => {
  for (const one of cases) {
    const name = `${one.mode}, prompts ${one.tags.map((tags) => tags.join('+')).join(' and ')}${mixing(one)}`;
    it(`as wide as the tree finds what enumeration finds: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const model = hashedModel(seed);
          const candidates = await search(model, one, scorerFor(model, one));
          const expected = new Map(enumerate(seed, one).map(({ tokens, score }) => [tokens.join(), score]));
          assert.equal(candidates.length, expected.size);
          for (const { tokens, score } of candidates) {
            assert.ok(Math.abs(score - expected.get(tokens.join())!) < 1e-5, `${tokens.join()}: ${score}`);
          }
        }),
        { numRuns: 4 },
      );
    });
  }

  for (const one of cases) {
    const name = `${one.mode}, ${one.tags.length} prompts${mixing(one)}`;
    it(`finds on a shortlist what it finds in whole rows: ${name}`, async () => {
      let agains = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer(),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 5 }),
          async (seed, listing, beamSize) => {
            const [whole, short] = [hashedModel(seed), hashedModel(seed, listing)];
            const expected = await search(whole, one, scorerFor(whole, one), { beamSize });
            const found = await search(short, one, scorerFor(short, one), { beamSize });
            assert.deepEqual(
              found.map(({ tokens }) => tokens),
              expected.map(({ tokens }) => tokens),
            );
            found.forEach(({ score }, i) => assert.ok(Math.abs(score - expected[i]!.score) < 1e-5));
            agains += short.agains();
          },
        ),
        { numRuns: 30 },
      );
      // One token of a group is not always enough, and the search must have noticed.
      const takesWholeRows = one.prompt === null && one.mode === 'published';
      assert.equal(agains > 0, !takesWholeRows);
    });
  }

  it('gives the scores of plain decoding where the weight is 0, in every mode (I2)', async () => {
    for (const seed of [1, 2, 3]) {
      const model = hashedModel(seed);
      for (const prompts of [single, joined, mixture]) {
        const plain = { ...prompts, mode: 'plain', weight: 0 } as const;
        const expected = await search(model, plain, scorerFor(model, plain));
        if (prompts.tags.length === 1) {
          const own = await search(model, plain, plainScorer);
          assertSame(expected, own);
        }
        for (const mode of rescoringModes)
          assertSame(await search(model, { ...plain, mode }, scorerFor(model, { ...plain, mode })), expected);
      }
    }
    function assertSame(actual: readonly Candidate[], expected: readonly Candidate[]): void {
      assert.deepEqual(
        actual.map(({ tokens }) => tokens),
        expected.map(({ tokens }) => tokens),
      );
      actual.forEach(({ score }, i) => assert.ok(Math.abs(score - expected[i]!.score) < 1e-12));
    }
  });

  for (const one of cases) {
    for (const listing of [undefined, 1]) {
      const told = listing === undefined ? 'whole rows' : 'a list that lacks some tokens';
      it(`draws samples as the scores say, from ${told}: ${one.mode}, ${one.tags.length} prompts${mixing(one)}`, async () => {
        const model = hashedModel(5, listing);
        const first = enumerate(5, one).reduce((shares, { tokens, score }) => {
          return shares.set(tokens[0]!, (shares.get(tokens[0]!) ?? 0) + Math.exp(score));
        }, new Map<number, number>());
        for (const temperature of [0.4, 1, 1.6]) {
          const options = { temperature, bestOf: 4000, sampleLength: 1 };
          const drawn = await search(model, one, scorerFor(model, one), options);
          const total = sum([...first.values()].map((share) => share ** (1 / temperature)));
          for (const [token, score] of first) {
            const share = score ** (1 / temperature) / total;
            const found = drawn.filter(({ tokens }) => tokens[0] === token).length / drawn.length;
            assert.ok(
              Math.abs(found - share) < 5 * Math.sqrt(0.25 / 4000),
              `${token} at ${temperature}: ${found}, not ${share}`,
            );
          }
        }
      });
    }
  }

  it('notes of every token its language, a, q, characters, and both probabilities', async () => {
    const model = hashedModel(3);
    const one: Case = { mode: 'replace', weight: 1, ...mixture };
    for (const { tokens, tokenScores, score, ended } of await search(model, one, scorerFor(model, one))) {
      assert.equal(tokenScores.length, tokens.length + (ended ? 1 : 0));
      assert.ok(Math.abs(sum(tokenScores.map((token) => token.score)) - score) < 1e-9);
      for (const { token, language, internal, external, characters, logProbability, score: own } of tokenScores) {
        assert.equal(language, ['zh', 'en', 'other'][classes[token]!]);
        assert.equal(characters, [2, 1, 2, 1, 0][token]);
        for (const probabilities of [internal, external!]) assert.ok(Math.abs(sum(probabilities) - 1) < 1e-9);
        // Replacement at weight 1 puts q in the place of a (I5).
        const expected = logProbability + Math.log(external![classes[token]!]! / internal[classes[token]!]!);
        assert.ok(Math.abs(own - expected) < 1e-5);
      }
    }
  });
});

describe('teacher-forced scores of toy models', () => {
  it('are those that the search gave its candidates, in every mode and under every prompt (I15)', async () => {
    for (const one of cases) {
      const model = hashedModel(11);
      const scorer = scorerFor(model, one);
      const session = await model.openDecoder(new Float32Array(0), 0);
      for (const { tokens, tokenScores, ended } of (await search(model, one, scorer)).slice(0, 20)) {
        const given = ended ? [...tokens, endOfText] : tokens;
        const { scores } = await scoreTokens({ model, session, scorer }, options(one), given);
        assert.equal(scores.length, tokenScores.length);
        scores.forEach((score, i) => {
          assert.ok(Math.abs(score.score - tokenScores[i]!.score) < 1e-9);
          assert.deepEqual({ ...score, score: 0 }, { ...tokenScores[i]!, score: 0 });
        });
      }
      session.dispose();
    }
  });

  it('choose a token of the reference class under the oracle at a large weight (I17)', async () => {
    const model = hashedModel(21);
    const map = tokenLanguages(model.tokenizer, languageSet());
    const session = await model.openDecoder(new Float32Array(0), 0);
    for (const given of [
      [0, 1, 2, 3, 1, endOfText],
      [1, 1, 0, endOfText],
      [3, 0, 3],
    ]) {
      const terms = {
        mode: 'external',
        weight: 20,
        prompt: 0,
        otherPolicy: 'class',
        fragmentPolicy: 'inherit',
      } as const;
      const scorer = languageScorer(model.tokenizer, map, terms, oracle(given, map)) as Scorer;
      const { scores, choices } = await scoreTokens(
        { model, session, scorer },
        options({ mode: 'external', weight: 20, ...single }),
        given,
      );
      assert.deepEqual(
        choices.map(({ language }) => language),
        scores.map(({ language }) => language),
      );
      assert.ok(choices.every(({ score }, i) => score >= scores[i]!.score));
    }
    session.dispose();
  });

  it('are refused for more tokens than the model has positions for', async () => {
    const model = hashedModel(0);
    const session = await model.openDecoder(new Float32Array(0), 0);
    const tools = { model, session, scorer: plainScorer as Scorer };
    const one: Case = { mode: 'plain', weight: 0, ...single };
    const most = model.facts.textPositions - promptLength + 1;
    assert.equal((await scoreTokens(tools, options(one), new Array<number>(most).fill(0))).scores.length, most);
    await assert.rejects(scoreTokens(tools, options(one), new Array<number>(most + 1).fill(0)), { code: 'too-long' });
    session.dispose();
  });
});
