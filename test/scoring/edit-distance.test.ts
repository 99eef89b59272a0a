import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance } from '../../src/scoring/edit-distance.ts';

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
