import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AlignedUnit } from '../../src/records.ts';
import { align, sclite } from '../../src/scoring/align.ts';
import { matchedPairs } from '../../src/scoring/matched-pairs.ts';
import { scored } from '../support/scored.ts';
import { unitsOf } from '../support/units-of.ts';

interface Peers {
  readonly mapsswe: { readonly segments: number; readonly mean: number; readonly statistic: number };
  readonly pairs: readonly { readonly reference: string; readonly hypothesis: string; readonly second: string }[];
}

const pairOf = (reference: string, first: string, second: string) =>
  [scored(reference, first).alignment, scored(reference, second).alignment] as const;

describe('the matched pairs test', () => {
  it("agrees with NIST's sc_stats but for ties of the alignment", () => {
    const { mapsswe, pairs } = JSON.parse(readFileSync('fixtures/scoring/peers.json', 'utf8')) as Peers;
    const aligned = (reference: string, hypothesis: string): AlignedUnit[] =>
      align(unitsOf(reference), unitsOf(hypothesis), sclite).map(
        ({ operation }) => ({ operation }) as unknown as AlignedUnit,
      );
    const { segments, mean, statistic } = matchedPairs(
      pairs.map(({ reference, hypothesis, second }) => [aligned(reference, hypothesis), aligned(reference, second)]),
    );
    assert.ok(Math.abs(segments - mapsswe.segments) <= 0.01 * mapsswe.segments, `${segments}`);
    assert.ok(Math.abs(segments * mean - mapsswe.segments * mapsswe.mean) < 0.0005 * segments);
    assert.ok(Math.abs(statistic! - mapsswe.statistic) < 0.005, `${statistic}`);
  });

  it('cuts where both are right for two units, and counts insertions in the gap where they stand', () => {
    // sc_stats finds the same six pieces: 1 -1 | 1 1 | 1 1.
    const result = matchedPairs([
      pairOf('a b c d e f', 'a x b c d e f', 'a b c x e f'),
      pairOf('a b c d e f', 'a b y c d y e f', 'a b c d e f'),
      pairOf('a b c d e f', 'x b c d e y', 'a b c d e f'),
    ]);
    assert.equal(result.segments, 6);
    assert.ok(Math.abs(result.mean - 4 / 6) < 1e-12);
    assert.ok(Math.abs(result.statistic! - 2) < 1e-12);
    // 2 (1 - Φ(2)), from tables.
    assert.ok(Math.abs(result.p! - 0.0455002638963584) < 1e-12);
  });

  it('has the tail of the normal distribution to twelve digits, near and far', () => {
    const tails = [
      [1, 0.31731050786291415],
      [3, 0.0026997960632601866],
    ] as const;
    for (const [z, p] of tails) {
      // n pieces of which k are +1 and the rest 0 have z² = k(n - 1) / (n - k).
      const n = z === 1 ? 3 : 10;
      const k = z === 1 ? 1 : 5;
      const alignments = Array.from({ length: n }, (_, at) => (at < k ? pairOf('a', 'b', 'a') : pairOf('a', 'b', 'b')));
      const result = matchedPairs(alignments);
      assert.ok(Math.abs(result.statistic! - z) < 1e-12, `${result.statistic}`);
      assert.ok(Math.abs(result.p! - p) < 1e-12, `${result.p}`);
    }
  });

  it('says null where nothing differs', () => {
    assert.deepEqual(matchedPairs([]), { segments: 0, mean: 0, statistic: null, p: null });
    assert.deepEqual(matchedPairs([pairOf('a b', 'a b', 'a b')]), { segments: 0, mean: 0, statistic: null, p: null });
    assert.equal(matchedPairs([pairOf('a', 'b', 'a'), pairOf('a', 'b', 'a')]).statistic, null);
  });
});
