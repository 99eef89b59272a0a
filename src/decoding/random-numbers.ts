/** Random numbers that a seed fixes, so that a run can be repeated. */

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
