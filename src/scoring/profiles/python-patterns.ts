/**
 * Python's notion of letters and spaces, for rules that were published as Python: there \w, \b and \s know all of Unicode,
 * in JavaScript \w and \b know ASCII alone.
 */

const WORD = '[\\p{L}\\p{N}_]';
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

/**
 * A pattern as Python's `re` reads it, for all places.
 * @param source May use \w, \s and \d, but not within []; and \b as its first thing, before a word character, or behind
 *   one.
 */
export function python(source: string): RegExp {
  const translated = source
    .replace(/^\\b/, `(?<!${WORD})`)
    .replaceAll('\\b', `(?!${WORD})`)
    .replaceAll('\\w', WORD)
    .replaceAll('\\s', SPACE)
    .replaceAll('\\d', '\\p{Nd}');
  return new RegExp(translated, 'gu');
}

const spaces = python('\\s+');

/** The words of a text, as Python's `str.split()` gives them. */
export function wordsOf(text: string): string[] {
  return text.split(spaces).filter((word) => word !== '');
}
