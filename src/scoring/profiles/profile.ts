/**
 * What a normalisation profile is. Error rates depend on how text is folded and cut into units before it is compared;
 * published rules differ (method-specs 8.2), so each is a profile with a name, and every score says which it used.
 */
import type { LanguageSet } from '../../language/language-set.ts';
import { unitLanguage } from './unit-language.ts';

/** What is counted: a Han character, a word. `language` is a code of the declared set, or `other`. */
export interface Unit {
  readonly text: string;
  readonly language: string;
}

export interface Profile {
  readonly name: string;
  /** One sentence for help and manual. */
  readonly summary: string;
  /** The text as it is compared: its units with a space between. */
  readonly normalise: (text: string) => string;
  /** The units of a text, which need not be normalised before. */
  readonly units: (text: string) => readonly Unit[];
}

/** How a rule comes to know its tables, which may have to be loaded. */
export interface ProfileRule {
  readonly name: string;
  readonly summary: string;
  /** Gives the function that folds a text and cuts it into units, none of them empty. */
  readonly open: (set: LanguageSet) => Promise<(text: string) => string[]>;
}

/** Makes a rule ready for the declared languages. */
export async function openProfile({ name, summary, open }: ProfileRule, set: LanguageSet): Promise<Profile> {
  const cut = await open(set);
  const languageOf = unitLanguage(set);
  return {
    name,
    summary,
    normalise: (text) => cut(text).join(' '),
    units: (text) => cut(text).map((unit) => ({ text: unit, language: languageOf(unit) })),
  };
}
