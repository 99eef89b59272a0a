import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance } from '../../src/scoring/edit-distance.ts';
import { mixedUnits } from '../../src/scoring/mixed-units.ts';

describe('the edit distance', () => {
  /** By its definition. */
  function byDefinition(a: readonly string[], b: readonly string[]): number {
    if (a.length === 0 || b.length === 0) return a.length + b.length;
    const [headA, headB, restA, restB] = [a[0], b[0], a.slice(1), b.slice(1)];
    if (headA === headB) return byDefinition(restA, restB);
    return 1 + Math.min(byDefinition(restA, restB), byDefinition(restA, b), byDefinition(a, restB));
  }

  it('is that of the definition', () => {
    const units = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
    fc.assert(fc.property(units, units, (a, b) => assert.equal(editDistance(a, b), byDefinition(a, b))));
  });
});

describe('mixed units', () => {
  const cases: readonly (readonly [string, string[]])[] = [
    ['Yesterday was 星期一, today is TUESDAY!', ['yesterday', 'was', '星', '期', '一', 'today', 'is', 'tuesday']],
    ["It's 牛肉麵。", ["it's", '牛', '肉', '麵']],
    ['don’t ＡＢＣ１２３ 用iPhone15', ["don't", 'abc123', '用', 'iphone15']],
    ['naïve café 2024年', ['naïve', 'café', '2024', '年']],
    ['“…” - 、。', []],
    ["rock 'n' roll", ['rock', 'n', 'roll']],
  ];
  for (const [text, expected] of cases) {
    it(`of ${JSON.stringify(text)} are ${expected.join(' ')}`, () => assert.deepEqual(mixedUnits(text), expected));
  }
});
