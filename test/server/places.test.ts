import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openPlaces } from '../../src/server/places.ts';

describe('places', () => {
  it('are never more than there are, go first come first served, and refuse whom the line has no room for', async () => {
    const step = fc.oneof(fc.constant('come' as const), fc.nat(20), fc.record({ leaves: fc.nat(20) }));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.nat(4),
        fc.array(step, { maxLength: 60 }),
        async (limit, longest, steps) => {
          const places = openPlaces(limit, longest);
          // The same by a list: who is in, who waits.
          let [inside, line]: [number[], number[]] = [[], []];
          const entered: number[] = [];
          const frees = new Map<number, () => void>();
          const leave = new Map<number, AbortController>();
          let visitors = 0;
          for (const each of steps) {
            if (each === 'come') {
              const visitor = visitors++;
              const gone = new AbortController();
              leave.set(visitor, gone);
              const refused = inside.length >= limit && line.length >= longest;
              const place = places.take(gone.signal);
              if (inside.length < limit) inside.push(visitor);
              else if (!refused) line.push(visitor);
              void place.then(
                (free) => {
                  assert.equal(free === null, refused);
                  if (free !== null) (frees.set(visitor, free), entered.push(visitor));
                },
                () => undefined,
              );
            } else if (typeof each === 'number') {
              const visitor = inside[each % Math.max(1, inside.length)];
              if (visitor === undefined) continue;
              frees.get(visitor)!();
              frees.get(visitor)!(); // twice frees one
              inside = inside.filter((other) => other !== visitor);
              const next = line.shift();
              if (next !== undefined) inside.push(next);
            } else {
              const visitor = line[each.leaves % Math.max(1, line.length)];
              if (visitor === undefined) continue;
              leave.get(visitor)!.abort(new Error('left'));
              line = line.filter((other) => other !== visitor);
            }
            await new Promise(setImmediate);
            assert.deepEqual([places.taken, places.waiting], [inside.length, line.length]);
            assert.deepEqual(
              entered,
              [...entered].sort((a, b) => a - b),
            );
          }
        },
      ),
    );
  });
});
