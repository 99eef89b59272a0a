/** Signals and ways to cut them, for what must not depend on how a stream is cut. */
import fc from 'fast-check';
import { randomNumbers } from '../../src/random-numbers.ts';

/** Noise over a tone, in [-1, 1]. */
export function generator(seed: number, length: number): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length }, (_, i) => 0.5 * Math.sin(i / 9) + 0.4 * (2 * random() - 1));
}

/** Sizes that are used one after the other, and again from the first. */
export const chunkSizes = fc.array(fc.integer({ min: 1, max: 1600 }), { minLength: 1, maxLength: 8 });

export function* chunksOf(samples: Float32Array, sizes: readonly number[]): Generator<Float32Array> {
  for (let at = 0, turn = 0; at < samples.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield samples.slice(at, at + size);
    at += size;
  }
}
