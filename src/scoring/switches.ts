/** Where the language of a text changes. Units of no declared language (numbers, marks) neither make nor break a switch. */
import type { AlignedUnit } from '../records.ts';
import type { Unit } from './profiles/profile.ts';

/** The class of units of no declared language. */
const OTHER = 'other';

/** Neighbouring units of different declared languages; what stands between them, if anything, is of none. */
export interface Switch {
  /** Indices into the units. */
  readonly before: number;
  readonly after: number;
}

export function switchesOf(units: readonly Unit[]): Switch[] {
  const switches: Switch[] = [];
  let before = -1;
  for (const [after, { language }] of units.entries()) {
    if (language === OTHER) continue;
    if (before >= 0 && units[before]!.language !== language) switches.push({ before, after });
    before = after;
  }
  return switches;
}

/**
 * How many units each unit is from its nearest switch: 1 for the units on either side, and for what stands between them.
 * @returns Null for every unit of a text without a switch.
 */
export function distancesToSwitch(units: readonly Unit[]): (number | null)[] {
  const distances = units.map((): number | null => null);
  const nearer = (unit: number, distance: number): boolean => {
    const known = distances[unit];
    if (known === undefined || (known !== null && known <= distance)) return false;
    distances[unit] = distance;
    return true;
  };
  for (const { before, after } of switchesOf(units)) {
    for (let unit = before + 1; unit < after; unit++) nearer(unit, 1);
    for (let unit = before, far = 1; nearer(unit, far); unit--) far++;
    for (let unit = after, far = 1; nearer(unit, far); unit++) far++;
  }
  return distances;
}

/** How many switches have on both sides a hit, or a substitution within the right language. */
export function keptSwitches(alignment: readonly AlignedUnit[], switches: readonly Switch[]): number {
  const isKept = alignment
    .filter(({ reference }) => reference !== null)
    .map(({ referenceLanguage, hypothesisLanguage }) => referenceLanguage === hypothesisLanguage);
  return switches.filter(({ before, after }) => isKept[before] && isKept[after]).length;
}
