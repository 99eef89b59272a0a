import assert from 'node:assert/strict';
import fc from 'fast-check';
import { slotPool } from '../../src/whisper/slot-pool.ts';

const [heads, features] = [2, 3];
const names = ['a', 'b'];

/** A number that tells where it belongs. */
const numberOf = (name: string, utterance: number, head: number, position: number, feature: number) =>
  names.indexOf(name) * 1e6 + utterance * 1e4 + head * 1e3 + position * 10 + feature;

const filled = (name: string, utterances: readonly number[], positions: number) => ({
  values: Float32Array.from({ length: utterances.length * heads * positions * features }, (_, i) => {
    const feature = i % features;
    const position = Math.floor(i / features) % positions;
    const head = Math.floor(i / (features * positions)) % heads;
    return numberOf(name, utterances[Math.floor(i / (features * positions * heads))]!, head, position, feature);
  }),
  shape: [utterances.length, heads, positions, features],
});

describe('a pool of slots', () => {
  it('holds what was written into it, through every change of its size', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(6), { maxLength: 4 }), (positions, larger) => {
        const pool = slotPool(names, heads, features);
        const most = Math.max(...positions);
        pool.resize(positions.length, most, []);
        positions.forEach((length, slot) => {
          for (const name of names) pool.write(name, slot, 0, filled(name, [99, slot], length), 1, length);
        });
        for (const more of larger) {
          pool.resize(positions.length + more, most + more, positions);
          const { shape } = pool.view('a', 0, 1);
          assert.deepEqual([pool.slots(), ...shape], [positions.length + more, 1, heads, most + more, features]);
        }
        positions.forEach((length, slot) => {
          for (const name of names) {
            const { values } = pool.view(name, slot, 1);
            for (let head = 0; head < heads; head++) {
              const begin = head * pool.capacity() * features;
              assert.deepEqual(
                values.subarray(begin, begin + length * features),
                filled(name, [slot], length).values.subarray(head * length * features, (head + 1) * length * features),
              );
            }
          }
        });
      }),
      { numRuns: Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 100) },
    );
  });

  it('shows neighbouring slots as one tensor over the same memory', () => {
    const pool = slotPool(names, heads, features);
    pool.resize(3, 4, []);
    const before = pool.view('b', 1, 2);
    assert.deepEqual(before.shape, [2, heads, 4, features]);
    pool.write('b', 2, 1, filled('b', [2], 2), 0, 2);
    assert.equal(before.values[(heads * 4 + 1) * features], numberOf('b', 2, 0, 0, 0));
  });

  it('copies a slot into another, and knows how far that is filled then', () => {
    const pool = slotPool(names, heads, features);
    pool.resize(3, 4, []);
    for (const slot of [0, 1, 2]) for (const name of names) pool.write(name, slot, 0, filled(name, [slot], 4), 0, 4);
    pool.clear(0, 0);
    pool.move(2, 0);
    for (const name of names) {
      const expected = [2, 1, 2].flatMap((slot) => [...filled(name, [slot], 4).values]);
      assert.deepEqual([...pool.view(name, 0, 3).values], expected);
    }
    pool.clear(0, 1);
    const { values } = pool.view('a', 0, 1);
    assert.ok(values.subarray(features, 4 * features).every((value) => value === 0));
    assert.ok(values.subarray(0, features).every((value) => value !== 0));
  });

  it('gathers positions at the front of a slot, and empties one, without touching the others', () => {
    const pool = slotPool(names, heads, features);
    pool.resize(2, 4, []);
    for (const slot of [0, 1]) for (const name of names) pool.write(name, slot, 0, filled(name, [slot], 4), 0, 4);
    pool.gather(1, Int32Array.of(1, 3));
    pool.clear(1, 2);
    const { values } = pool.view('a', 0, 2);
    assert.deepEqual(values.subarray(0, heads * 4 * features), filled('a', [0], 4).values);
    for (let head = 0; head < heads; head++) {
      const begin = (heads + head) * 4 * features;
      assert.deepEqual(
        [...values.subarray(begin, begin + 4 * features)],
        [1, 3]
          .flatMap((position) => [0, 1, 2].map((feature) => numberOf('a', 1, head, position, feature)))
          .concat([0, 0, 0, 0, 0, 0]),
      );
    }
  });

  it('takes the arrays of a first slot over without a copy', () => {
    const pool = slotPool(names, heads, features);
    const arrays = new Map(names.map((name) => [name, filled(name, [0], 5)]));
    pool.adopt(arrays);
    assert.deepEqual([pool.slots(), pool.capacity()], [1, 5]);
    assert.equal(pool.view('a', 0, 1).values.buffer, arrays.get('a')!.values.buffer);
  });
});
