/** Point-of-interest error rate (PIER): errors at the words of one language in the midst of another. */
import type { AlignedUnit } from '../records.ts';
import type { InterestCounts } from '../score-counts.ts';

/**
 * Counts as Ugan et al. 2025 (arXiv 2501.09512) and their fork of JiWER do: both texts are aligned whole; every operation
 * whose place in the reference is a unit of interest counts. An insertion's place is the unit in front of which it
 * stands, or the last unit where it stands behind all. Utterances of one language count nothing.
 * @returns For each language, the units of that language taken for those of interest.
 */
export function interestCounts(alignment: readonly AlignedUnit[], languages: readonly string[]): InterestCounts[] {
  const places = placesInReference(alignment);
  const spoken = languages.filter((language) => alignment.some((unit) => unit.referenceLanguage === language));
  return languages.map((language) => {
    if (spoken.length < 2) return { units: 0, errors: 0 };
    const units = alignment.filter((unit) => unit.referenceLanguage === language).length;
    const errors = alignment.filter((unit, at) => places[at] === language && unit.operation !== 'hit').length;
    return { units, errors };
  });
}

/** For each step, the language of the reference unit that it belongs to. */
function placesInReference(alignment: readonly AlignedUnit[]): (string | null)[] {
  const places: (string | null)[] = [];
  let next: string | null = alignment.findLast((unit) => unit.reference !== null)?.referenceLanguage ?? null;
  for (let at = alignment.length - 1; at >= 0; at--) {
    next = alignment[at]!.referenceLanguage ?? next;
    places[at] = next;
  }
  return places;
}
