import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cannotBeContradicted, contradicted, writtenRuns, writtenUnderAnother } from '../../src/decoding/guard.ts';
import { languageSet } from '../../src/language/language-set.ts';
import type { TokenScore } from '../../src/records.ts';

const set = languageSet(['zh', 'en']);
const rule = { tokens: 3, odds: 3, windowOdds: 9 };
const token = (language: string, zh: number): TokenScore => ({
  token: 0,
  characters: 1,
  logProbability: -1,
  score: -1,
  language,
  internal: [0.5, 0.5, 0],
  external: [zh, 1 - zh, 0],
});
const runsOf = (...scores: TokenScore[]) => contradicted(writtenRuns(scores, set), rule);

describe('the wrong-language guard', () => {
  it('finds a run in one language under the sound of the other', () => {
    const [run, ...rest] = runsOf(token('zh', 0.1), token('zh', 0.2), token('other', 0.5), token('zh', 0.1));
    assert.deepEqual(rest, []);
    assert.equal(run!.language, 'zh');
    assert.equal(run!.tokens, 3);
    assert.ok(Math.abs(run!.logOdds - (2 * Math.log(1 / 9) + Math.log(1 / 4)) / 3) < 1e-12);
  });

  it('leaves alone what the sound agrees with, what it doubts too little, and what is too short', () => {
    assert.deepEqual(runsOf(token('zh', 0.9), token('zh', 0.9), token('zh', 0.9)), []);
    assert.deepEqual(runsOf(token('zh', 0.3), token('zh', 0.3), token('zh', 0.3)), []);
    assert.deepEqual(runsOf(token('en', 0.9), token('en', 0.9), token('zh', 0.9)), []);
  });

  it('weighs a run as a whole, so that one token heard in the wrong place does not tell', () => {
    assert.deepEqual(runsOf(token('zh', 0.01), token('zh', 0.8), token('zh', 0.9), token('zh', 0.9)), []);
    assert.equal(runsOf(token('en', 0.4), token('en', 0.95), token('en', 0.95)).length, 1);
  });

  it('looks at no token without evidence or language', () => {
    const silent = { ...token('zh', 0.1), external: null };
    assert.deepEqual(runsOf(silent, silent, silent), []);
    assert.deepEqual(runsOf(token('other', 0.1), token('other', 0.1), token('other', 0.1)), []);
  });

  it('spares the search for times only where no attention at all could contradict', () => {
    const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(probability, { minLength: 1, maxLength: 5 }),
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        fc.constantFrom('zh', 'en'),
        (stretches, attention, language) => {
          const both = stretches.map((zh) => [zh, 1 - zh]);
          if (!cannotBeContradicted(both, new Set([language]), set, rule)) return;
          const sum = stretches.reduce((total, _, i) => total + attention[i]!, 0);
          const heard = stretches.reduce((total, zh, i) => total + (attention[i]! / sum) * zh, 0);
          assert.deepEqual(runsOf(...Array.from({ length: 3 }, () => token(language, heard))), []);
        },
      ),
    );
    assert.equal(
      cannotBeContradicted(
        [
          [0.9, 0.1],
          [0.2, 0.8],
        ],
        new Set(['zh']),
        set,
        rule,
      ),
      false,
    );
    assert.equal(
      cannotBeContradicted(
        [
          [0.9, 0.1],
          [0.2, 0.8],
        ],
        new Set(['other']),
        set,
        rule,
      ),
      true,
    );
  });

  it('finds a text in one language alone under a window of another', () => {
    assert.equal(writtenUnderAnother(new Set(['zh', 'other']), [0.05, 0.95], set, rule), true);
    assert.equal(writtenUnderAnother(new Set(['zh', 'other']), [0.2, 0.8], set, rule), false);
    assert.equal(writtenUnderAnother(new Set(['zh', 'en']), [0.05, 0.95], set, rule), false);
    assert.equal(writtenUnderAnother(new Set(['other']), [0.05, 0.95], set, rule), false);
  });
});
