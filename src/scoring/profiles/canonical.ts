/**
 * Our own rule, and the default (method-specs 8.2). What is said alike counts as alike: Chinese script, letter case,
 * full-width forms, punctuation and the kind of apostrophe make no difference. What was said is kept: fillers, digits,
 * apostrophes within words.
 */
import type { LanguageSet } from '../../language/language-set.ts';
import { openCC, scriptConverter, type ConvertScript } from '../../language/script.ts';
import type { ProfileRule } from './profile.ts';

export const canonical: ProfileRule = {
  name: 'canonical',
  summary:
    'NFKC, lower case, simplified Chinese on both sides, no tags or punctuation; Han characters, and words with inner apostrophes.',
  open: async (set) => cutter(set, await scriptConverter('simplified')),
};

export const canonicalTaiwan: ProfileRule = {
  name: 'canonical-tw2s',
  summary: 'As canonical, but all Chinese is taken for Taiwanese (OpenCC tw to cn without phrases).',
  open: async (set) => cutter(set, await openCC('tw2s')),
};

/** NFKC makes a blank and an accent of some of these, and one of them out of ŉ. */
const apostrophes = /[\u2018\u2019\u02bc\u2032\uff07`\u00b4]/g;
/** `<noise>`, `<|zh|>`, `[laughter]`: one pair of brackets with no space behind the first. */
const tags = /<[^\s<>][^<>]*>|\[[^\s[\]][^[\]]*\]/gu;
/** Joiners, soft hyphens and the like, which are not seen. */
const unseen = /[\p{Cf}\p{Variation_Selector}]/gu;

const letters = '[[\\p{L}\\p{N}]--\\p{Script=Han}]';
const word = `${letters}[[\\p{L}\\p{N}\\p{M}]--\\p{Script=Han}]*`;
const hanOrWord = new RegExp(`[\\p{Script=Han}&&[\\p{L}\\p{N}]]|${word}(?:'${word})*`, 'gv');
const han = /^\p{Script=Han}$/u;

function cutter({ writing }: LanguageSet, simplify: ConvertScript): (text: string) => string[] {
  const unspaced = writing.filter(({ spaced }) => !spaced);
  return (text) => {
    const plain = text.replace(apostrophes, "'").normalize('NFKC').replace(apostrophes, "'");
    const folded = plain.toLowerCase().replace(unseen, '');
    const found = folded.replace(tags, ' ').match(hanOrWord) ?? [];
    return simplifyRuns(found, simplify).flatMap((unit) =>
      unspaced.some((system) => system.text.test(unit)) ? (unit.match(/\P{M}\p{M}*/gu) ?? []) : [unit],
    );
  };
}

/**
 * Converts each run of Han characters as a whole: the tables look at words, whether or not the text was written with
 * spaces between its characters.
 */
function simplifyRuns(units: readonly string[], simplify: ConvertScript): string[] {
  const converted: string[] = [];
  for (let at = 0; at < units.length;) {
    let end = at;
    while (end < units.length && han.test(units[end]!)) end++;
    if (end === at) converted.push(units[at++]!);
    else converted.push(...simplify(units.slice(at, end).join('')));
    at = Math.max(at, end);
  }
  return converted;
}
