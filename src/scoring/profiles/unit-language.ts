/** In which declared language a unit is written. */
import type { LanguageSet } from '../../language/language-set.ts';

/**
 * The language of the first character that tells one: 手 is Chinese, `mp3` and `café` are English, `3` is `other`, as are
 * all scripts that no declared language is written in.
 */
export function unitLanguage({ languages, writing }: LanguageSet): (unit: string) => string {
  return (unit) => {
    for (const character of unit) {
      const language = writing.findIndex(({ letter }) => letter.test(character));
      if (language >= 0) return languages[language]!;
    }
    return 'other';
  };
}
