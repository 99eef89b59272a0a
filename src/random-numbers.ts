/** Random numbers that a seed fixes, so that a run can be repeated. */
import { createHash } from 'node:crypto';

/** Gives the next number in [0, 1). */
export type RandomNumbers = () => number;

/**
 * The generator sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state.
 * @param seed Any integer; the low 32 bits count.
 */
export function randomNumbers(seed: number): RandomNumbers {
  let a = 0;
  let b = 0;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // As the author prescribes, the first outputs mix the seed and are thrown away.
  for (let i = 0; i < 12; i++) next();
  return next;
}

/**
 * Numbers of their own for a name: what is drawn for a record depends on the seed and its id alone, not on what was drawn
 * before, so that a run in another order, in shards or from its midst draws the same.
 */
export function randomNumbersFor(seed: number, name: string): RandomNumbers {
  return randomNumbers(createHash('sha256').update(`${seed}:${name}`).digest().readInt32BE(0));
}

/** A standard normal number (Box and Muller 1958). */
export function normalNumber(random: RandomNumbers): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The items in an order that is drawn (Fisher and Yates); the list that was given stays as it was. */
export function shuffled<T>(items: readonly T[], random: RandomNumbers): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
