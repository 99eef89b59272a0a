/** Whether training goes astray. */
import { UsageError } from '../errors.ts';
import type { TrainingState } from './checkpoint.ts';

/** How much of the smoothed loss the last step is. */
const newest = 0.1;

/**
 * @param state Before the step.
 * @param total The loss of the step. @param norm Of its gradient.
 * @returns What the smoothed loss and its best are now.
 * @throws UsageError `training` where one of the two is no number, or the smoothed loss stands more than `maxRise` nats above
 *   its best; with the step, the utterances, and the checkpoint to go back to.
 */
export function watchLoss(
  { smoothed, best, step }: Pick<TrainingState, 'smoothed' | 'best' | 'step'>,
  total: number,
  norm: number,
  {
    ids,
    lastCheckpoint,
    maxRise,
  }: { readonly ids: readonly string[]; readonly lastCheckpoint: string | null; readonly maxRise: number },
): { readonly smoothed: number; readonly best: number } {
  const now = smoothed === null ? total : (1 - newest) * smoothed + newest * total;
  const astray =
    !Number.isFinite(total) || !Number.isFinite(norm)
      ? `has the loss ${total} and a gradient of norm ${norm}`
      : best !== null && now > best + maxRise
        ? `brings the smoothed loss to ${now.toFixed(3)}, ${(now - best).toFixed(3)} above its best`
        : null;
  if (astray === null) return { smoothed: now, best: Math.min(best ?? now, now) };
  throw new UsageError(
    'training',
    `Training has diverged: step ${step + 1} ${astray}. Its utterances: ${ids.join(', ')}. ${
      lastCheckpoint === null ? 'No checkpoint was written' : `The last good checkpoint is ${lastCheckpoint}`
    }; lower learningRate or clip.`,
  );
}
