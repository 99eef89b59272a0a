import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seenIds } from '../../src/manifests/seen-ids.ts';

describe('seenIds', () => {
  it('tells of every id what a set would', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ maxLength: 2 }), fc.string())), (ids) => {
        const set = new Set<string>();
        const seen = seenIds();
        for (const id of ids) {
          assert.equal(seen.add(id), !set.has(id));
          set.add(id);
        }
      }),
    ));

  it('holds 100,000 ids that differ by little, none taken for another', () => {
    const seen = seenIds();
    for (let at = 0; at < 100_000; at++) assert.ok(seen.add(`speaker-${at >> 4}-${at}`));
    for (let at = 0; at < 100_000; at += 7) assert.ok(!seen.add(`speaker-${at >> 4}-${at}`));
  });
});
