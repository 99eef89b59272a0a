/** q that is given: the same for every window and token. */
import { UsageError } from '../../errors.ts';
import type { Calibrator } from '../calibrator.ts';

/**
 * @param prior A number for each language, scaled to sum to 1; none makes all languages equal.
 * @throws UsageError `calibrator` when there are not as many numbers as languages, or none is above 0.
 */
export function constantCalibrator(prior: readonly number[], languages: readonly string[]): Calibrator {
  const given = prior.length === 0 ? languages.map(() => 1) : prior;
  const sum = given.reduce((total, share) => total + share, 0);
  if (given.length !== languages.length || !(sum > 0)) {
    throw new UsageError(
      'calibrator',
      `The prior ${JSON.stringify(prior)} does not fit the languages ${languages.join(', ')}; give a share for each.`,
    );
  }
  const q = Float64Array.from(given, (share) => share / sum);
  return {
    name: 'constant',
    needs: { states: false, attention: false },
    needsPrompts: false,
    open: () => Promise.resolve({ start: null, posterior: () => q, next: () => null }),
  };
}
