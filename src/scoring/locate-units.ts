/** Where the units of a normalised text stand in the text as it was written. */
import { align } from './align.ts';
import type { Unit } from './profiles/profile.ts';

/** Code points `start` to `end` (not included) of a text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Profiles fold, drop and replace characters, each in its own way; so the characters of the units are aligned to those
 * of the text, letters to letters where there is a choice.
 * @returns Parallel to `units`; null for a unit of which no character was found.
 */
export function locateUnits(text: string, units: readonly Unit[]): (Place | null)[] {
  const owners = units.flatMap((unit, index) => Array.from(unit.text, () => index));
  const places = units.map((): { start: number; end: number } | null => null);
  for (const { reference, hypothesis } of align(
    charactersOf(text),
    units.flatMap(({ text: of }) => charactersOf(of)),
  )) {
    if (reference === null || hypothesis === null) continue;
    const owner = owners[hypothesis]!;
    const place = places[owner];
    if (place === null || place === undefined) places[owner] = { start: reference, end: reference + 1 };
    else place.end = reference + 1;
  }
  return places;
}

/** A unit for each code point; its "language" is whether it can be part of a word. */
function charactersOf(text: string): Unit[] {
  return Array.from(text, (character) => ({
    text: character.normalize('NFKC').toLowerCase(),
    language: /[\p{L}\p{M}\p{N}]/u.test(character) ? 'word' : 'mark',
  }));
}
