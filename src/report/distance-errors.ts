/** Errors by language and by distance to the nearest switch of language: where a code-switched recogniser breaks. */
import type { AlignedUnit } from '../records.ts';
import { rate, type Rate } from '../scoring/summary.ts';

/** Distances 1, 2, 3, 4, and 5 for all that are farther. */
export const FARTHEST = 5;

/**
 * By language of the reference, then by distance (entry 0 is distance 1): units that were substituted or deleted, of all.
 * Insertions stand at no unit, and utterances without a switch have no distances; neither is in it.
 */
export type DistanceErrors = ReadonlyMap<string, readonly Rate[]>;

export function distanceErrors(alignments: readonly (readonly AlignedUnit[])[]): DistanceErrors {
  const sums = new Map<string, { units: number; errors: number }[]>();
  for (const { operation, referenceLanguage, distanceToSwitch } of alignments.flat()) {
    if (referenceLanguage === null || distanceToSwitch === null) continue;
    const known = sums.get(referenceLanguage);
    const ofLanguage = known ?? Array.from({ length: FARTHEST }, () => ({ units: 0, errors: 0 }));
    if (known === undefined) sums.set(referenceLanguage, ofLanguage);
    const sum = ofLanguage[Math.min(distanceToSwitch, FARTHEST) - 1]!;
    sum.units += 1;
    if (operation !== 'hit') sum.errors += 1;
  }
  return new Map([...sums].map(([name, entries]) => [name, entries.map(({ errors, units }) => rate(errors, units))]));
}
