/** Decibels under full scale that stand for silence. */
const SILENCE = -100;

/** Root mean square of samples in [-1, 1], in decibels under full scale: 0 for a square wave of full scale, -100 at least. */
export function loudness(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return samples.length === 0 ? SILENCE : Math.max(SILENCE, 10 * Math.log10(energy / samples.length));
}
