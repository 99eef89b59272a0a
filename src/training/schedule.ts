/** The learning rate of a step. */
import type { TrainerOptions } from './trainer-options.ts';

/**
 * Rises in a line over the warm-up and falls behind it to 0 one step after the last, in a line or as the half of a cosine
 * (Loshchilov and Hutter 2017, equation 5, without restarts); `constant` stays.
 * @param step From 1 on; beyond the last it stays 0.
 */
export function learningRateAt(
  step: number,
  { learningRate, schedule, warmUp, steps }: Pick<TrainerOptions, 'learningRate' | 'schedule' | 'warmUp' | 'steps'>,
): number {
  if (step <= warmUp) return (learningRate * step) / (warmUp + 1);
  if (schedule === 'constant') return learningRate;
  const done = Math.min(1, (step - warmUp - 1) / (steps - warmUp));
  return learningRate * (schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2);
}
