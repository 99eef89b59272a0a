/** What mixed error rate counts: each Han character is a unit, each word of another script is one. */

const unit = /\p{sc=Han}|(?:(?!\p{sc=Han})[\p{L}\p{M}\p{N}])+(?:['’](?:(?!\p{sc=Han})[\p{L}\p{M}\p{N}])+)*/gu;

/**
 * The units of a text in lower case and without punctuation; full-width forms are folded (NFKC). Chinese script is left as
 * it is: fold it before where both scripts shall count as the same.
 */
export function mixedUnits(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase();
  return Array.from(folded.matchAll(unit), ([found]) => found.replaceAll('’', "'"));
}
