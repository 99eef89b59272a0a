import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Hypothesis, Segment, TokenScore, Word } from '../../src/records.ts';
import { locateUnits } from '../../src/scoring/locate-units.ts';
import { profileNamed } from '../../src/scoring/profiles/profile-named.ts';
import { scoreHypothesis } from '../../src/scoring/score-hypothesis.ts';
import { unitEvidence } from '../../src/scoring/unit-evidence.ts';
import { hypothesisOf, spacedOptions } from '../support/scored.ts';
import { unitsOf } from '../support/units-of.ts';

const token = (
  characters: number,
  language: string,
  probability: number,
  more: Partial<TokenScore> = {},
): TokenScore => ({
  token: 1,
  characters,
  logProbability: Math.log(probability) - 1,
  score: Math.log(probability),
  language,
  internal: [probability, 1 - probability, 0],
  external: null,
  ...more,
});

const word = (text: string, start: number, end: number): Word => ({ word: text, start, end, probability: 0.5 });

const segment = (text: string, tokenScores: TokenScore[], words: Word[] | null = null): Segment => ({
  start: 0,
  end: 1,
  text,
  tokens: tokenScores.map((score) => score.token),
  tokenScores,
  seek: 0,
  temperature: 0,
  averageLogProbability: 0,
  compressionRatio: 1,
  noSpeechProbability: 0,
  words,
});

/** Two segments as Whisper writes them: 麵 in two tokens, the second without a character of its own; timestamps around. */
const spoken: Hypothesis = hypothesisOf('牛肉麵, New York。 Okay', {
  segments: [
    segment(
      '牛肉麵, New York。',
      [
        token(0, 'other', 0.9),
        token(2, 'zh', 0.8),
        token(1, 'zh', 0.6),
        token(0, 'zh', 0.4),
        token(1, 'other', 0.1),
        token(4, 'en', 0.7, { external: [0.2, 0.8] }),
        token(3, 'en', 0.5),
        token(2, 'en', 0.3),
        token(1, 'other', 0.1),
        token(0, 'other', 0.9),
      ],
      [word('牛肉', 0, 0.4), word('麵,', 0.4, 0.6), word(' New', 0.7, 0.8), word(' York。', 0.8, 1)],
    ),
    segment(' Okay', [token(5, 'en', 0.25)]),
  ],
});

describe('what is known of a unit', () => {
  it('comes from its own tokens and words, through punctuation, case, script and unfinished characters', async () => {
    const profile = await profileNamed('canonical');
    const units = profile.units(spoken.text);
    assert.deepEqual(
      units.map(({ text }) => text),
      ['牛', '肉', '面', 'new', 'york', 'okay'],
    );
    const evidence = unitEvidence(spoken, units);
    const rounded = evidence.map(({ start, end, confidence, internal, external }) => [
      start,
      end,
      Number(confidence?.toFixed(6)),
      internal?.[0],
      external,
    ]);
    assert.deepEqual(rounded, [
      [0, 0.4, 0.8, 0.8, null],
      [0, 0.4, 0.8, 0.8, null],
      [0.4, 0.6, 0.5, 0.6, null],
      [0.7, 0.8, 0.7, 0.7, [0.2, 0.8]],
      [0.8, 1, 0.4, 0.5, null],
      [null, null, 0.25, 0.25, null],
    ]);
  });

  it('goes into the sums: tokens, confidence of units, a and q where the language was decided', async () => {
    const profile = await profileNamed('canonical');
    const { counts, alignment } = scoreHypothesis(spoken, '牛肉面 new book okay', { ...spacedOptions, profile });
    assert.equal(alignment[4]!.operation, 'substitution');
    // Seven tokens of words, a comma, a full stop; timestamps are not text.
    assert.equal(counts.tokens, 9);
    const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
    assert.equal(sum(counts.unitCalibration.decisions), 6);
    assert.equal(sum(counts.unitCalibration.correct), 5);
    assert.equal(sum(counts.internalCalibration.decisions), 6);
    // Right for the three Chinese units (0.8, 0.8, 0.6) and for "okay" (0.25); wrong for "new"; at 0.5 the first is taken.
    assert.equal(sum(counts.internalCalibration.correct), 4);
    assert.equal(sum(counts.externalCalibration.decisions), 1);
    assert.ok(Math.abs(counts.externalCalibration.negativeLogLikelihood + Math.log(0.8)) < 1e-12);
    const ofTruth = [0.8, 0.8, 0.6, 0.3, 0.5, 0.75];
    const expected = ofTruth.reduce((total, each) => total - Math.log(each), 0);
    assert.ok(Math.abs(counts.internalCalibration.negativeLogLikelihood - expected) < 1e-9);
  });

  it('is nothing where tokens or words do not add up to the text', () => {
    const broken = hypothesisOf('牛 肉', { segments: [segment('牛 肉', [token(2, 'zh', 0.5)], [word('牛', 0, 1)])] });
    for (const each of unitEvidence(broken, unitsOf(broken.text))) {
      assert.deepEqual(each, { start: null, end: null, confidence: null, internal: null, external: null });
    }
  });

  it('finds every unit where it was put, whatever stands between', () => {
    const words = fc.array(fc.constantFrom('我', '牛', 'New', "don't", 'ＯＫ', '3', 'okay'), { maxLength: 8 });
    const between = fc.array(fc.constantFrom(' ', ', ', '。', ' — '), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(words, between, (spokenWords, marks) => {
        let text = '';
        const places = spokenWords.map((each, at) => {
          text += marks[at]!;
          const start = Array.from(text).length;
          text += each;
          return { start, end: Array.from(text).length };
        });
        const units = spokenWords.map((each) => ({ text: each.normalize('NFKC').toLowerCase(), language: 'en' }));
        assert.deepEqual(locateUnits(text + marks[8]!, units), places);
      }),
    );
  });
});
