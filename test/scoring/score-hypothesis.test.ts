import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ErrorCounts, ScoreCounts } from '../../src/score-counts.ts';
import type { Score } from '../../src/records.ts';
import { crossLanguageSubstitutions } from '../../src/scoring/confusion.ts';
import { editDistance } from '../../src/scoring/edit-distance.ts';
import { scored } from '../support/scored.ts';
import { unitsOf } from '../support/units-of.ts';

/** `=我` a hit, `我>你` a substitution, `-我` a deletion, `+我` an insertion; behind @ the distance to a switch. */
function written({ alignment }: Score): string {
  return alignment
    .map(({ operation, reference, hypothesis, distanceToSwitch }) => {
      const signs = {
        hit: `=${reference}`,
        substitution: `${reference}>${hypothesis}`,
        deletion: `-${reference}`,
        insertion: `+${hypothesis}`,
      };
      return signs[operation] + (distanceToSwitch === null ? '' : `@${distanceToSwitch}`);
    })
    .join(' ');
}

const errors = (
  units: number,
  hits: number,
  substitutions: number,
  deletions: number,
  insertions: number,
): ErrorCounts => ({
  units,
  hits,
  substitutions,
  deletions,
  insertions,
});

interface Case {
  readonly says: string;
  readonly reference: string;
  readonly hypothesis: string;
  readonly alignment: string;
  readonly type: string;
  readonly counts: Partial<ScoreCounts>;
}

/** Worked by hand. Classes: zh, en, other; rows and columns of the confusion: those and none. */
const cases: readonly Case[] = [
  {
    says: 'an English stretch translated into Mandarin',
    reference: '我 想 吃 beef noodle 可 以 吗',
    hypothesis: '我 想 吃 牛 肉 面 可 以 吗',
    alignment: '=我@3 =想@2 =吃@1 +牛@1 beef>肉@1 noodle>面@1 =可@1 =以@2 =吗@3',
    type: 'mixed',
    counts: {
      wrongUtterances: 1,
      foreignUtterances: 0,
      overall: errors(8, 6, 2, 0, 1),
      characters: errors(16, 6, 3, 7, 0),
      byClass: [errors(6, 6, 0, 0, 1), errors(2, 0, 2, 0, 0), errors(0, 0, 0, 0, 0)],
      stripped: [errors(6, 6, 0, 0, 3), errors(2, 0, 0, 2, 0)],
      nearSwitches: [errors(4, 2, 2, 0, 1), errors(6, 4, 2, 0, 1), errors(8, 6, 2, 0, 1)],
      interest: [
        { units: 6, errors: 0 },
        { units: 2, errors: 3 },
      ],
      switches: 2,
      keptSwitches: 0,
      confusion: [6, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
      spans: [
        { kept: 2, mixed: 0, translated: 0, lost: 0 },
        { kept: 0, mixed: 0, translated: 1, lost: 0 },
      ],
      mixing: {
        utterances: 1,
        units: [6, 2],
        codeMixingIndex: 25,
        codeMixingIndex2: 25,
        places: 7,
        spans: 3,
        spanUnits: 8,
        spanUnitsSquared: 22,
      },
    },
  },
  {
    says: 'an English stretch dropped, as greedy decoding does',
    reference: 'today is 星 期 二',
    hypothesis: '星 期 二',
    alignment: '-today@2 -is@1 =星@1 =期@2 =二@3',
    type: 'mixed',
    counts: {
      byClass: [errors(3, 3, 0, 0, 0), errors(2, 0, 0, 2, 0), errors(0, 0, 0, 0, 0)],
      interest: [
        { units: 3, errors: 0 },
        { units: 2, errors: 2 },
      ],
      confusion: [3, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
      spans: [
        { kept: 1, mixed: 0, translated: 0, lost: 0 },
        { kept: 0, mixed: 0, translated: 0, lost: 1 },
      ],
    },
  },
  {
    says: 'Mandarin mixed with English that nobody spoke',
    reference: '我 们 去 机 场',
    hypothesis: '我 们 go to 机 场',
    alignment: '=我 =们 +go 去>to =机 =场',
    type: 'zh',
    counts: {
      foreignUtterances: 1,
      nearSwitches: [errors(0, 0, 0, 0, 0), errors(0, 0, 0, 0, 0), errors(0, 0, 0, 0, 0)],
      interest: [
        { units: 0, errors: 0 },
        { units: 0, errors: 0 },
      ],
      byClass: [errors(5, 4, 1, 0, 0), errors(0, 0, 0, 0, 1), errors(0, 0, 0, 0, 0)],
      spans: [
        { kept: 0, mixed: 1, translated: 0, lost: 0 },
        { kept: 0, mixed: 0, translated: 0, lost: 0 },
      ],
    },
  },
  {
    says: 'a word too many at the end, which counts for the last unit of the reference',
    reference: '用 python',
    hypothesis: '用 python please',
    alignment: '=用@1 =python@1 +please@1',
    type: 'mixed',
    counts: {
      interest: [
        { units: 1, errors: 0 },
        { units: 1, errors: 1 },
      ],
      keptSwitches: 1,
      spans: [
        { kept: 1, mixed: 0, translated: 0, lost: 0 },
        { kept: 1, mixed: 0, translated: 0, lost: 0 },
      ],
    },
  },
  {
    says: 'a character put between two languages, which is in no span, and one put into a span',
    reference: '我 们 good day 见',
    hypothesis: '我 们 天 good 天 day 见',
    alignment: '=我@2 =们@1 +天@1 =good@1 +天@1 =day@1 =见@1',
    type: 'mixed',
    counts: {
      spans: [
        { kept: 2, mixed: 0, translated: 0, lost: 0 },
        { kept: 0, mixed: 1, translated: 0, lost: 0 },
      ],
    },
  },
  {
    says: 'a character put in front of a span that is kept',
    reference: '我 们 good day',
    hypothesis: '我 们 天 good day',
    alignment: '=我@2 =们@1 +天@1 =good@1 =day@2',
    type: 'mixed',
    counts: {
      spans: [
        { kept: 1, mixed: 0, translated: 0, lost: 0 },
        { kept: 1, mixed: 0, translated: 0, lost: 0 },
      ],
    },
  },
  {
    says: 'wrong words in the right languages, which keep the switch',
    reference: '我 like it',
    hypothesis: '他 likes it',
    alignment: '我>他@1 like>likes@1 =it@2',
    type: 'mixed',
    counts: { switches: 1, keptSwitches: 1 },
  },
  {
    says: 'a number between two languages, which belongs to none and hides no switch',
    reference: '买 3 apples',
    hypothesis: '买 three apples',
    alignment: '=买@1 3>three@1 =apples@1',
    type: 'mixed',
    counts: {
      switches: 1,
      keptSwitches: 1,
      confusion: [1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      mixing: {
        utterances: 1,
        units: [1, 1],
        codeMixingIndex: 50,
        codeMixingIndex2: 50,
        places: 1,
        spans: 2,
        spanUnits: 2,
        spanUnitsSquared: 2,
      },
    },
  },
  {
    says: 'a substitution within the language before one across, where both cost the same',
    reference: '吃 beef',
    hypothesis: '牛',
    alignment: '吃>牛@1 -beef@1',
    type: 'mixed',
    counts: { overall: errors(2, 0, 1, 1, 0) },
  },
  {
    says: 'a hit between a deletion and an insertion before two substitutions, where both cost the same',
    reference: 'new york',
    hypothesis: 'york 的',
    alignment: '-new =york +的',
    type: 'en',
    counts: { overall: errors(2, 1, 0, 1, 1), foreignUtterances: 1 },
  },
  {
    says: 'silence that was given words',
    reference: '',
    hypothesis: '谢 谢',
    alignment: '+谢 +谢',
    type: 'other',
    counts: { overall: errors(0, 0, 0, 0, 2), wrongUtterances: 1, foreignUtterances: 1, switches: 0 },
  },
  {
    says: 'nothing said, nothing heard',
    reference: '',
    hypothesis: '',
    alignment: '',
    type: 'other',
    counts: { utterances: 1, overall: errors(0, 0, 0, 0, 0), wrongUtterances: 0, foreignUtterances: 0 },
  },
];

/** Few units, so that they meet; long enough for several switches. */
const text = fc
  .array(fc.constantFrom('我', '你', '吃', 'beef', 'noodle', 'eat', '3'), { maxLength: 12 })
  .map((units) => units.join(' '));

describe('the score of a hypothesis', () => {
  for (const { says, reference, hypothesis, alignment, type, counts } of cases) {
    it(`counts ${says}: ${reference || '(nothing)'} | ${hypothesis || '(nothing)'}`, () => {
      const score = scored(reference, hypothesis);
      assert.equal(written(score), alignment);
      assert.equal(score.utteranceType, type);
      for (const [name, expected] of Object.entries(counts)) {
        assert.deepEqual(score.counts[name as keyof ScoreCounts], expected, name);
      }
    });
  }

  it('has counts that agree with each other', () => {
    const total = ({ units, insertions }: ErrorCounts): number => units + insertions;
    const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
    fc.assert(
      fc.property(text, text, (reference, hypothesis) => {
        const { counts, alignment } = scored(reference, hypothesis);
        const { overall, byClass, nearSwitches, confusion, interest, spans, stripped, mixing } = counts;
        const wrong = overall.substitutions + overall.deletions + overall.insertions;
        const texts = (of: string): string[] => unitsOf(of).map((unit) => unit.text);
        assert.equal(wrong, editDistance(texts(reference), texts(hypothesis)));
        for (const field of ['units', 'hits', 'substitutions', 'deletions', 'insertions'] as const) {
          assert.equal(sum(byClass.map((each) => each[field])), overall[field]);
        }
        assert.equal(sum(confusion), alignment.length);
        assert.equal(total(overall), alignment.length);
        for (const [k, near] of nearSwitches.entries()) {
          assert.ok(total(near) <= total(overall));
          assert.ok(total(near) >= total(nearSwitches[k - 1] ?? errors(0, 0, 0, 0, 0)));
        }
        const shared = counts.switches > 0 ? byClass[0]!.units + byClass[1]!.units : 0;
        assert.equal(sum(interest.map(({ units }) => units)), shared);
        assert.ok(sum(interest.map((each) => each.errors)) <= wrong);
        assert.ok(crossLanguageSubstitutions(confusion, ['zh', 'en']) <= overall.substitutions);
        assert.equal(sum(spans.flatMap((each) => Object.values(each) as number[])), mixing.spans);
        assert.equal(mixing.spans, mixing.spanUnits === 0 ? 0 : counts.switches + 1);
        assert.deepEqual(
          stripped.map(({ units }) => units),
          mixing.units,
        );
      }),
    );
  });
});
