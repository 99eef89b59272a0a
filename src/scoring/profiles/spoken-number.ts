/** How openai-whisper's `EnglishNumberNormalizer` adds what is said next to a number in the making. */
import { numberTables as tables } from './english-number-words.ts';

/** A bigint can still be added to; a string can only be written on: it has a point, a zero said by itself, or gaps. */
export type Spoken = bigint | string;

/** @param ones 0 to 19. @param before The word before. */
export function withOnes(value: Spoken | null, ones: bigint, before: string | undefined): Spoken {
  if (value === null) return ones;
  const follows = before !== undefined;
  if (typeof value === 'string' || (follows && tables.ones.has(before))) {
    const isInTens = follows && tables.tens.has(before) && ones < 10n;
    return isInTens ? String(value).slice(0, -1) + String(ones) : String(value) + String(ones);
  }
  return value % (ones < 10n ? 10n : 100n) === 0n ? value + ones : String(value) + String(ones);
}

export function withTens(value: Spoken | null, tens: bigint): Spoken {
  if (value === null) return tens;
  return typeof value === 'bigint' && value % 100n === 0n ? value + tens : String(value) + String(tens);
}

/** Null where the product is no whole number, or the value no number. A bigint has its last three digits multiplied. */
export function times(value: Spoken | null, multiplier: bigint): bigint | null {
  if (value === null) return multiplier;
  if (typeof value === 'bigint') return value - (value % 1000n) + (value % 1000n) * multiplier;
  return wholeNumber(value, multiplier);
}

/** A decimal number times a factor, where that is whole, else null. @param text Digits of any script. */
export function wholeNumber(text: string, factor = 1n): bigint | null {
  const [, whole, part = ''] = /^(?=\.?\p{Nd})(\p{Nd}*)(?:\.(\p{Nd}*))?$/u.exec(text) ?? [];
  if (whole === undefined) return null;
  const scaled = BigInt(asciiDigits(whole + part)) * factor;
  const unit = 10n ** BigInt(part.length);
  return scaled % unit === 0n ? scaled / unit : null;
}

/** Digits of a script follow one another in Unicode, from zero. */
function asciiDigits(text: string): string {
  return text.replace(/[^0-9]/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    let first = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
    return String((code - first) % 10);
  });
}
