import assert from 'node:assert/strict';
import { normalNumber, randomNumbers, randomNumbersFor, shuffled } from '../src/random-numbers.ts';

const many = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('random numbers', () => {
  it('of a name depend on the seed and the name, and on nothing drawn before', () => {
    const first = many(5, randomNumbersFor(7, 'a'));
    many(3, randomNumbersFor(7, 'b'));
    assert.deepEqual(many(5, randomNumbersFor(7, 'a')), first);
    assert.notDeepEqual(many(5, randomNumbersFor(8, 'a')), first);
    assert.notDeepEqual(many(5, randomNumbersFor(7, 'b')), first);
  });

  it('are normal with mean 0 and variance 1 where that is asked for', () => {
    const random = randomNumbers(1);
    const drawn = many(20_000, () => normalNumber(random));
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    const within = (limit: number) => drawn.filter((x) => Math.abs(x) < limit).length / drawn.length;
    assert.ok(Math.abs(mean) < 4 / Math.sqrt(20_000));
    // 68.27 and 95.45 % of a normal distribution lie within one and two deviations.
    assert.ok(Math.abs(within(1) - 0.6827) < 0.015);
    assert.ok(Math.abs(within(2) - 0.9545) < 0.007);
  });

  it('shuffle into every order about equally often', () => {
    const random = randomNumbers(2);
    const counts = new Map<string, number>();
    many(6000, () => {
      const order = shuffled(['a', 'b', 'c'], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    });
    assert.equal(counts.size, 6);
    for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150);
  });
});
