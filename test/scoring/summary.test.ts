import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.ts';
import type { Segment } from '../../src/records.ts';
import { editDistance } from '../../src/scoring/edit-distance.ts';
import { profileNamed } from '../../src/scoring/profiles/profile-named.ts';
import { scoreHypothesis } from '../../src/scoring/score-hypothesis.ts';
import { summarise } from '../../src/scoring/summary.ts';
import { sumCounts } from '../../src/scoring/sum-counts.ts';
import { recordsByKind } from '../support/records.ts';
import { scored, spacedOptions } from '../support/scored.ts';
import { unitsOf } from '../support/units-of.ts';

const text = fc
  .array(fc.constantFrom('我', '你', '吃', 'beef', 'noodle', 'eat', '3'), { maxLength: 8 })
  .map((units) => units.join(' '));
const corpus = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 6 });

/** Every number in it, with its path. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) => numbersOf(held, `${path}.${name}`));
}

describe('a summary', () => {
  it('of three utterances is worked by hand', () => {
    const summary = summarise([
      scored('我 想 吃 beef noodle', '我 想 吃 牛 肉 面'),
      scored('you are late', 'you are late'),
      scored('明 天 见', '明 天 see'),
    ]);
    const { mixedErrorRate, byLanguage, stripped, byUtteranceType, nearSwitches } = summary;
    assert.deepEqual(mixedErrorRate, {
      count: 4,
      of: 11,
      rate: 4 / 11,
      units: 11,
      hits: 8,
      substitutions: 3,
      deletions: 0,
      insertions: 1,
    });
    assert.equal(summary.utterances, 3);
    assert.deepEqual(summary.sentenceErrorRate, { count: 2, of: 3, rate: 2 / 3 });
    assert.deepEqual([byLanguage['zh']!.count, byLanguage['zh']!.of], [2, 6]);
    assert.deepEqual([byLanguage['en']!.count, byLanguage['en']!.of], [2, 5]);
    assert.equal(byLanguage['other']!.rate, null);
    assert.deepEqual([stripped['zh']!.count, stripped['zh']!.of], [4, 6]);
    assert.deepEqual([stripped['en']!.count, stripped['en']!.of], [3, 5]);
    assert.deepEqual(
      Object.entries(byUtteranceType).map(([type, { utterances, count, of }]) => [type, utterances, count, of]),
      [
        ['mixed', 1, 3, 5],
        ['en', 1, 0, 3],
        ['zh', 1, 1, 3],
      ],
    );
    assert.deepEqual([nearSwitches[0]!.count, nearSwitches[0]!.of], [2, 2]);
    assert.deepEqual(summary.pointsOfInterest, {
      zh: { count: 0, of: 3, rate: 0 },
      en: { count: 3, of: 2, rate: 1.5 },
    });
    assert.deepEqual(summary.switchAccuracy, { count: 0, of: 1, rate: 0 });
    assert.deepEqual(summary.crossLanguageSubstitutions, { count: 3, of: 11, rate: 3 / 11 });
    assert.deepEqual(summary.foreignUtterances, { count: 1, of: 3, rate: 1 / 3 });
    assert.deepEqual(summary.translation['en'], { count: 1, of: 2, rate: 0.5 });
    assert.deepEqual(summary.scriptMix['zh'], { count: 1, of: 2, rate: 0.5 });
    assert.deepEqual(summary.confusion['en'], { zh: 2, en: 3, other: 0, none: 0 });
    assert.deepEqual(summary.confusion['none'], { zh: 1, en: 0, other: 0, none: 0 });
    assert.equal(summary.uncoveredSpeech.rate, null);
    assert.equal(summary.tokenNegativeLogLikelihood, null);
  });

  it('is of sums: that of two corpora has the counts of both, and no rate is an average', () => {
    fc.assert(
      fc.property(corpus, corpus, (a, b) => {
        const scores = (pairs: readonly (readonly [string, string])[]) => pairs.map((pair) => scored(...pair));
        const whole = summarise([...scores(a), ...scores(b)]);
        const summed = sumCounts(summarise(scores(a)).counts, [summarise(scores(b)).counts]);
        const expected = new Map(numbersOf(summed));
        for (const [path, value] of numbersOf(whole.counts)) {
          assert.ok(Math.abs(value - expected.get(path)!) < 1e-9, path);
        }
        const texts = (of: string): string[] => unitsOf(of).map((unit) => unit.text);
        const all = [...a, ...b].map(([reference, hypothesis]) => [texts(reference), texts(hypothesis)] as const);
        const errors = all.reduce((sum, [reference, hypothesis]) => sum + editDistance(reference, hypothesis), 0);
        const units = all.reduce((sum, [reference]) => sum + reference.length, 0);
        assert.equal(whole.mixedErrorRate.rate, units === 0 ? null : errors / units);
      }),
    );
  });

  it('has no number that is not finite, whatever was said', () => {
    fc.assert(
      fc.property(corpus, (pairs) => {
        for (const [path, value] of numbersOf(summarise(pairs.map((pair) => scored(...pair))))) {
          assert.ok(Number.isFinite(value), path);
        }
      }),
    );
  });

  it('has no number that is not finite, whatever a file says that was heard', async () => {
    const options = { ...spacedOptions, profile: await profileNamed('canonical') };
    const token = fc.record({
      token: fc.nat(),
      characters: fc.nat(3),
      logProbability: fc.double({ min: -1e9, max: 10, noNaN: true }),
      score: fc.double({ min: -1e9, max: 10, noNaN: true }),
      language: fc.constantFrom('zh', 'en', 'other', 'nonsense'),
      internal: fc.array(fc.double({ min: -1, max: 2, noNaN: true }), { maxLength: 4 }),
      external: fc.option(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 })),
    });
    const hypothesis = fc
      .tuple(recordsByKind.hypothesis, fc.array(token, { maxLength: 8 }), text)
      .map(([record, tokenScores, spoken]) => ({
        ...record,
        languages: ['zh', 'en'],
        text: spoken + record.text,
        segments: [
          { text: spoken, words: null, tokenScores, start: 0, end: 1 } as unknown as Segment,
          ...record.segments,
        ].map((segment) => ({ ...segment, tokenScores: segment.tokenScores.length > 0 ? tokenScores : [] })),
      }));
    fc.assert(
      fc.property(hypothesis, fc.oneof(text, fc.string({ unit: 'grapheme' })), (heard, reference) => {
        const score = scoreHypothesis(heard, reference, options);
        for (const [path, value] of [...numbersOf(score.alignment), ...numbersOf(summarise([score]))]) {
          assert.ok(Number.isFinite(value), path);
        }
      }),
      { numRuns: Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 200) },
    );
  }).timeout(600_000);

  it('is refused for no scores, and for scores that were not made in one way', () => {
    const score = scored('我', '我');
    const isRefused = (error: unknown): boolean => error instanceof UsageError && error.code === 'scores';
    assert.throws(() => summarise([]), isRefused);
    for (const other of [{ profile: 'other' }, { system: 'other' }, { languages: ['zh'] }]) {
      assert.throws(() => summarise([score, { ...score, ...other }]), isRefused);
    }
  });
});
