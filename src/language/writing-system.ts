/** Which characters a language is written with: Unicode scripts, by name (UAX 24). */
import { UsageError } from '../errors.ts';

export interface WritingSystem {
  /** A character that tells the language. */
  readonly letter: RegExp;
  /** All of them in a text. */
  readonly letters: RegExp;
  /** A whole text in it: letters, and the marks and apostrophes that join them. */
  readonly text: RegExp;
  /** Whether some letter is longer than one byte of UTF-8. */
  readonly beyondAscii: boolean;
  /** Whether spaces stand between words. */
  readonly spaced: boolean;
}

/**
 * `ASCII` is the name for the Latin letters without diacritics. The Han ranges are those of method-specs 1.3: ideographs
 * with 々 and 〇, without the radicals of dictionaries.
 */
const letters = new Map([
  ['ASCII', 'A-Za-z'],
  ['Han', '\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u3005\\u3007\\u{20000}-\\u{323af}'],
  ['Hiragana', '[\\p{Script=Hiragana}&&\\p{L}]\\u30fc'],
  ['Katakana', '[\\p{Script=Katakana}&&\\p{L}]\\u30fc'],
]);

/** What may stand among the letters of a script and does not tell the language by itself. */
const joiners = new Map([
  ['ASCII', "'"],
  ['Han', ''],
]);
const commonJoiners = "'\\u2019\\u02bc\\p{Script=Inherited}";

const unspaced = new Set(['Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tibetan']);

/**
 * @param scripts Unicode names (`Latin`, `Devanagari`), or `ASCII`.
 * @throws UsageError `script` when Unicode has no script of that name.
 */
export function writingSystem(scripts: readonly string[]): WritingSystem {
  const told = scripts.map(lettersOf).join('');
  const joining = [...new Set(scripts.map((script) => joiners.get(script) ?? commonJoiners))].join('');
  return {
    letter: new RegExp(`^[${told}]$`, 'v'),
    letters: new RegExp(`[${told}]`, 'gv'),
    text: new RegExp(`^[${joining}]*[${told}][${told}${joining}]*$`, 'v'),
    beyondAscii: scripts.some((script) => script !== 'ASCII'),
    spaced: !scripts.some((script) => unspaced.has(script)),
  };
}

function lettersOf(script: string): string {
  const known = letters.get(script);
  if (known !== undefined) return known;
  const source = `[\\p{Script=${script}}&&[\\p{L}\\p{M}]]`;
  try {
    if (/^[A-Z][A-Za-z_]+$/.test(script)) new RegExp(source, 'v');
    else throw new SyntaxError('no name');
  } catch {
    throw new UsageError(
      'script',
      `Unicode has no script ${JSON.stringify(script)}; write its long name, such as Latin, Han or Devanagari (or ASCII).`,
    );
  }
  return source;
}

/** Whether two scripts have letters in common. */
export function overlap(one: string, other: string): boolean {
  const latin = (script: string): string => (script === 'ASCII' ? 'Latin' : script);
  return latin(one) === latin(other);
}
