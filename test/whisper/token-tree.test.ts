import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyMask, tokensOf, tokenTree, writeMasks, writePlaces } from '../../src/whisper/token-tree.ts';

/** What happens to a tree: rows go on, or what no row has read is forgotten. */
const events = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        parents: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
        n: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant('prune' as const) },
  ),
  { maxLength: 20 },
);

describe('a tree of tokens', () => {
  it('tells each row the tokens that it has read, in their order, and no others', () => {
    fc.assert(
      fc.property(events, (happenings) => {
        const tree = tokenTree();
        /** Tokens in the pool, and those of each row, told by numbers that no two share. */
        let pool: number[] = [];
        let rows: number[][] = [[]];
        let named = 0;
        for (const event of happenings) {
          if (event === 'prune') {
            pool = Array.from(tree.prune(), (place) => pool[place]!);
            assert.deepEqual(new Set(pool), new Set(rows.flat()));
            continue;
          }
          const parents = Int32Array.from(event.parents, (parent) => parent % rows.length);
          const growth = tree.plan(parents, event.n);
          const count = tokensOf(growth);
          const added = Array.from({ length: count }, () => (named += 1));
          const places = new Int32Array(count);
          const [room, breadth] = [pool.length + 3, count + 2];
          const [earlier, among] = [emptyMask(count * room), emptyMask(count * breadth)];
          writePlaces(growth, places);
          writeMasks(growth, earlier, room, among, breadth);
          const before = rows;
          rows = Array.from(parents, (parent, row) => [
            ...before[parent]!,
            ...added.slice(row * event.n, (row + 1) * event.n),
          ]);
          for (let token = 0; token < count; token++) {
            const row = Math.floor(token / event.n);
            const place = token % event.n;
            const read = (mask: Float32Array, width: number, names: readonly number[]) =>
              [...mask.subarray(token * width, (token + 1) * width)].flatMap((value, i) =>
                value === 0 ? [names[i]!] : [],
              );
            const seen = [...read(earlier, room, pool), ...read(among, breadth, added)];
            const expected: number[] = rows[row]!.slice(0, before[parents[row]!]!.length + place + 1);
            assert.deepEqual(seen.sort(byNumber), [...expected].sort(byNumber));
            assert.equal(places[token], expected.length - 1);
          }
          tree.add(growth);
          pool = [...pool, ...added];
          assert.deepEqual([tree.rows(), tree.length(), tree.size()], [rows.length, rows[0]!.length, pool.length]);
        }
      }),
      { numRuns: Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 100) },
    );
  });
});

const byNumber = (a: number, b: number) => a - b;
