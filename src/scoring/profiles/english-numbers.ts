/**
 * openai-whisper's `EnglishNumberNormalizer` (whisper/normalizers/english.py): numbers spelt out become digits, signs and
 * currencies go before them (`twenty dollars` is `$20`), digits said one by one are joined (`one oh one` is `101`).
 */
import { numberTables as tables } from './english-number-words.ts';
import { python, wordsOf } from './python-patterns.ts';
import { times, wholeNumber, withOnes, withTens, type Spoken } from './spoken-number.ts';

const andAHalf = python('\\band\\s+a\\s+half\\b');
const suffixed = python('([0-9])\\s+(st|nd|rd|th|s)\\b');
const cents = python('([€£$])([0-9]+) (?:and )?¢([0-9]{1,2})\\b');
const centsAlone = python('[€£$]0.([0-9]{1,2})\\b');
const one = python('\\b1(s?)\\b');
const numeric = /^\p{Nd}+(?:\.\p{Nd}+)?$/u;

/** @param text In lower case, without punctuation but `.%$¢€£`. */
export function numbersInDigits(text: string): string {
  return numberWordsInDigits(wordsOf(halvesInDigits(text)))
    .join(' ')
    .replace(
      cents,
      (_, currency: string, whole: string, part: string) => `${currency}${whole}.${part.padStart(2, '0')}`,
    )
    .replace(centsAlone, (_, part: string) => `¢${Number(part)}`)
    .replace(one, 'one$1');
}

/** `two and a half` becomes `two point five`; letters and digits are parted, but for the ending of an ordinal. */
function halvesInDigits(text: string): string {
  const pieces = text.split(andAHalf);
  const joined = pieces.flatMap((piece, at) => {
    const last = wordsOf(piece).at(-1);
    if (last === undefined) return [];
    if (at === pieces.length - 1) return [piece];
    return [piece, tables.decimals.has(last) || tables.multipliers.has(last) ? 'point five' : 'and a half'];
  });
  return joined
    .join(' ')
    .replace(/([a-z])([0-9])/g, '$1 $2')
    .replace(/([0-9])([a-z])/g, '$1 $2')
    .replace(suffixed, '$1$2');
}

function numberWordsInDigits(words: readonly string[]): string[] {
  const out: string[] = [];
  let value: Spoken | null = null;
  let prefix = '';
  /** Writes a number, or a word, behind the sign that waits for it. */
  const write = (result: string | bigint): void => {
    out.push(prefix + String(result));
    value = null;
    prefix = '';
  };
  const flush = (): void => {
    if (value !== null) write(value);
  };
  for (let at = 0; at < words.length; at++) {
    const before = words[at - 1];
    const current = words[at]!;
    const next = words[at + 1];
    const nextIsNumber: boolean = next !== undefined && numeric.test(next);
    const sign = tables.signs.has(current[0]!) ? current[0]! : '';
    const digits = current.slice(sign.length);
    const so: Spoken | null = value;
    if (numeric.test(digits)) {
      if (typeof so === 'string' && so.endsWith('.')) {
        value = so + current;
        continue;
      }
      flush();
      prefix = sign || prefix;
      value = wholeNumber(digits) ?? digits;
    } else if (!tables.words.has(current)) {
      flush();
      write(current);
    } else if (tables.zeros.has(current)) {
      value = `${so || ''}0`;
    } else if (tables.ones.has(current)) {
      value = withOnes(so, tables.ones.get(current)!, before);
    } else if (tables.onesSuffixed.has(current)) {
      const [ones, suffix] = tables.onesSuffixed.get(current)!;
      write(String(withOnes(so, ones, before)) + suffix);
    } else if (tables.tens.has(current)) {
      value = withTens(so, tables.tens.get(current)!);
    } else if (tables.tensSuffixed.has(current)) {
      const [tens, suffix] = tables.tensSuffixed.get(current)!;
      write(String(withTens(so, tens)) + suffix);
    } else if (tables.multipliers.has(current)) {
      const multiplier = tables.multipliers.get(current)!;
      const product = times(so, multiplier);
      if (product === null) flush();
      value = product ?? multiplier;
    } else if (tables.multipliersSuffixed.has(current)) {
      const [multiplier, suffix] = tables.multipliersSuffixed.get(current)!;
      const product = times(so, multiplier);
      if (product === null) flush();
      write(String(product ?? multiplier) + suffix);
    } else if (tables.precedingSigns.has(current)) {
      flush();
      if ((next !== undefined && tables.words.has(next)) || nextIsNumber) prefix = tables.precedingSigns.get(current)!;
      else write(current);
    } else if (tables.followingSigns.has(current)) {
      if (so !== null) {
        prefix = tables.followingSigns.get(current)!;
        write(so);
      } else write(current);
    } else if (current === 'percent') {
      write(so === null ? current : `${so}%`);
    } else if (current === 'per') {
      if (so !== null && next === 'cent') {
        write(`${so}%`);
        at++;
      } else {
        flush();
        write(current);
      }
    } else if ((next === undefined || !tables.words.has(next)) && !nextIsNumber) {
      flush();
      write(current);
    } else if (current === 'and') {
      if (before === undefined || !tables.multipliers.has(before)) {
        flush();
        write(current);
      }
    } else if (current === 'point') {
      if (tables.decimals.has(next!) || nextIsNumber) value = `${so || ''}.`;
    } else if (tables.ones.has(next!) || tables.zeros.has(next!)) {
      value = `${so || ''}${String(tables.ones.get(next!) ?? 0n).repeat(current === 'double' ? 2 : 3)}`;
      at++;
    } else {
      flush();
      write(current);
    }
  }
  flush();
  return out;
}
