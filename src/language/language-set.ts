/**
 * The languages that a run tells apart, and how: by the scripts that they are written in. Everything that belongs to none
 * of them (digits, punctuation, other scripts, special tokens) is the class `other`.
 */
import { UsageError } from '../errors.ts';
import { defaultScripts } from './default-scripts.ts';
import { overlap, writingSystem, type WritingSystem } from './writing-system.ts';

export interface LanguageSet {
  /** Codes, in the order in which they were declared. */
  readonly languages: readonly string[];
  /** The languages, then `other`: the order of every list of class probabilities. */
  readonly classes: readonly string[];
  /** Index of `other`. */
  readonly other: number;
  /** Parallel to `languages`. */
  readonly writing: readonly WritingSystem[];
}

/**
 * @param languages Whisper's codes, or any others that `scripts` declares.
 * @param scripts Unicode scripts of a language, instead of its usual ones: `{ en: ['Latin'] }` counts accented letters
 *   as English, which otherwise is written in `ASCII` letters.
 * @throws UsageError `languages` when none or one twice is named, when scripts cannot tell two of them apart, or when it
 *   is not known in which script one is written; `script` when there is no such script.
 */
export function languageSet(
  languages: readonly string[] = ['zh', 'en'],
  scripts: Readonly<Record<string, readonly string[]>> = {},
): LanguageSet {
  if (languages.length === 0) throw new UsageError('languages', 'Name at least one language, such as zh,en.');
  const declared = languages.map((language, i) => {
    if (language === 'other' || language === '') {
      throw new UsageError('languages', `${JSON.stringify(language)} cannot be the code of a language; write another.`);
    }
    if (languages.indexOf(language) < i) throw new UsageError('languages', `Name the language ${language} once.`);
    return scriptsOf(language, scripts);
  });
  declared.forEach((mine, i) => {
    declared.slice(0, i).forEach((theirs, j) => {
      const common = mine.find((script) => theirs.some((one) => overlap(one, script)));
      if (common === undefined) return;
      throw new UsageError(
        'languages',
        `${languages[j]!} and ${languages[i]!} are both written in ${common}, and only scripts tell languages apart; leave one out or declare other scripts for it.`,
      );
    });
  });
  return {
    languages: [...languages],
    classes: [...languages, 'other'],
    other: languages.length,
    writing: declared.map(writingSystem),
  };
}

function scriptsOf(language: string, scripts: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const found = Object.hasOwn(scripts, language) ? scripts[language] : defaultScripts.get(language);
  if (found !== undefined && found.length > 0) return found;
  throw new UsageError(
    'languages',
    `It is not known in which script ${JSON.stringify(language)} is written; declare it, for example { ${JSON.stringify(language)}: ['Latin'] }.`,
  );
}
