/** Which language was written where which was spoken. */
import type { AlignedUnit } from '../records.ts';

/**
 * (classes + 1) x (classes + 1) counts, row after row: class of the reference down, of the hypothesis across; the last
 * row counts insertions, the last column deletions.
 * @param classes Languages and `other`.
 */
export function languageConfusion(alignment: readonly AlignedUnit[], classes: readonly string[]): number[] {
  const size = classes.length + 1;
  const counts = new Array<number>(size * size).fill(0);
  const indexOf = (language: string | null): number => (language === null ? size - 1 : classes.indexOf(language));
  for (const { referenceLanguage, hypothesisLanguage } of alignment) {
    const cell = indexOf(referenceLanguage) * size + indexOf(hypothesisLanguage);
    counts[cell] = counts[cell]! + 1;
  }
  return counts;
}

/** Substitutions of a unit of one declared language by a unit of another, from the confusion. */
export function crossLanguageSubstitutions(confusion: readonly number[], languages: readonly string[]): number {
  const size = languages.length + 2;
  let sum = 0;
  for (let row = 0; row < languages.length; row++) {
    for (let column = 0; column < languages.length; column++) {
      if (row !== column) sum += confusion[row * size + column] ?? 0;
    }
  }
  return sum;
}
