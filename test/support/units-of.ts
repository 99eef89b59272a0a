import type { Unit } from '../../src/scoring/profiles/profile.ts';

/** Units of a text that has a space between any two: Han characters are Chinese, letters English, all else neither. */
export function unitsOf(text: string): Unit[] {
  return text
    .split(' ')
    .filter((unit) => unit !== '')
    .map((unit) => ({
      text: unit,
      language: /\p{Script=Han}/u.test(unit) ? 'zh' : /[a-z]/i.test(unit) ? 'en' : 'other',
    }));
}
