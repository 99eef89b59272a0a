import assert from 'node:assert/strict';
import fc from 'fast-check';
import { coverageCounts, type Interval } from '../../src/scoring/coverage.ts';

const at = (start: number, end: number): Interval => ({ start, end });

describe('coverage', () => {
  const cases: readonly (readonly [string, Interval[], Interval[], number, number])[] = [
    ['all of the speech', [at(1, 3)], [at(0, 4)], 2, 0],
    ['none of it', [at(1, 3)], [at(3, 4), at(0, 1)], 2, 2],
    ['a hole in the middle, segments overlapping and in no order', [at(0, 10)], [at(6, 9), at(0, 2), at(1, 4)], 10, 3],
    ['two stretches under one segment, one beside it', [at(0, 1), at(2, 3), at(5, 7)], [at(0, 3)], 4, 2],
    ['a segment inside another', [at(0, 10)], [at(0, 8), at(2, 3)], 10, 2],
    ['no speech', [], [at(0, 3)], 0, 0],
    ['no text', [at(0, 1.5)], [], 1.5, 1.5],
  ];
  for (const [says, speech, written, total, uncovered] of cases) {
    it(`measures ${says}`, () =>
      assert.deepEqual(coverageCounts(speech, written), { utterances: 1, speech: total, uncovered }));
  }

  it('is what counting second by second gives', () => {
    const interval = fc.tuple(fc.nat(30), fc.nat(8)).map(([start, length]) => at(start, start + length));
    const speech = fc
      .uniqueArray(fc.nat(40), { maxLength: 10 })
      .map((marks) => marks.sort((a, b) => a - b))
      .map((marks) => marks.flatMap((mark, i) => (i % 2 === 1 ? [at(marks[i - 1]!, mark)] : [])));
    fc.assert(
      fc.property(speech, fc.array(interval, { maxLength: 6 }), (stretches, written) => {
        const inside = (list: readonly Interval[], second: number): boolean =>
          list.some(({ start, end }) => start <= second && second < end);
        const seconds = Array.from({ length: 50 }, (_, second) => second).filter((second) => inside(stretches, second));
        const bare = seconds.filter((second) => !inside(written, second));
        assert.deepEqual(coverageCounts(stretches, written), {
          utterances: 1,
          speech: seconds.length,
          uncovered: bare.length,
        });
      }),
    );
  });
});
