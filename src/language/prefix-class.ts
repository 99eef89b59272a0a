/** The language of a character of which only the first bytes are known. */
import type { LanguageSet } from './language-set.ts';
import { lengthOf } from './token-bytes.ts';

/** By far most: the share of the assigned letters behind a prefix that must be of one class. */
const decisive = 0.95;

/**
 * The first byte tells where nearly all letters that it can lead to are of one class, else the first two, and so on: 0xE5
 * begins ideographs only, 0xE3 kana, punctuation and ideographs. Bytes that tell nothing are `other`.
 * @returns A function of one to four bytes, the beginning of one character, to a class of the set.
 */
export function prefixClasses(set: LanguageSet): (bytes: readonly number[]) => number {
  const known = new Map<number, number | null>();

  function decided(bytes: readonly number[]): number | null {
    const key = bytes.reduce((packed, byte) => packed * 256 + byte, 0);
    let found = known.get(key);
    if (found === undefined) {
      found = majority(set, bytes);
      known.set(key, found);
    }
    return found;
  }

  return (bytes) => {
    for (let count = 1; count <= bytes.length; count++) {
      const found = decided(bytes.slice(0, count));
      if (found !== null) return found;
    }
    return set.other;
  };
}

const anyLetter = /[\p{L}\p{M}]/gu;

function majority(set: LanguageSet, bytes: readonly number[]): number | null {
  const length = lengthOf(bytes[0]!);
  const missing = length - bytes.length;
  // The first byte of four leads to 262,144 characters of any script.
  if (length === 0 || missing > 2) return null;
  const lead = length === 1 ? bytes[0]! : bytes[0]! & (0x7f >> length);
  const first = bytes.slice(1).reduce((point, byte) => (point << 6) | (byte & 0x3f), lead) << (6 * missing);
  let rest = '';
  for (let point = first; point < first + 64 ** missing && point <= 0x10ffff; point++)
    rest += String.fromCodePoint(point);
  // Halves of pairs are among them; the one pair that they make is no letter either.
  const counts = [...set.writing.map(({ letters }) => letters), anyLetter].map((letters) => {
    const found = rest.match(letters)?.length ?? 0;
    rest = found === 0 ? rest : rest.replace(letters, '');
    return found;
  });
  const letters = counts.reduce((sum, count) => sum + count, 0);
  if (letters === 0) return set.other;
  const found = counts.findIndex((count) => count >= decisive * letters);
  return found < 0 ? null : found;
}
