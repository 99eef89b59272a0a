/**
 * The language of every token of a text, decided without looking at tokens: the whole text is known, so every byte's
 * character is, and every character's word. What the token-language map must find from the tokens alone.
 */
import type { Tokenizer } from '../../src/whisper/tokenizer.ts';

export type TrueLanguage = 'zh' | 'en' | 'other';

/** Words of Latin letters, whatever their accents, with the apostrophes inside; and ideographs. */
const pieces = /(?<en>\p{sc=Latin}[\p{sc=Latin}\p{M}]*(?:'\p{sc=Latin}[\p{sc=Latin}\p{M}]*)*)|(?<zh>\p{sc=Han})/gu;

/** Language of each byte of a text; null for a space, which belongs to the word behind it. */
function languageOfBytes(text: string): (TrueLanguage | null)[] {
  const utf8 = (part: string): number => Buffer.byteLength(part);
  const languages = Array.from(Buffer.from(text), (byte): TrueLanguage | null => (byte === 0x20 ? null : 'other'));
  for (const { 0: piece, index, groups } of text.matchAll(pieces)) {
    const from = utf8(text.slice(0, index));
    languages.fill(groups?.['zh'] === undefined ? 'en' : 'zh', from, from + utf8(piece));
  }
  return languages;
}

/** Tokens of a text with the one language of their bytes; `other` where there are two, or none. */
export function tokensWithTruth(text: string, tokenizer: Tokenizer): { token: number; truth: TrueLanguage }[] {
  const languages = languageOfBytes(text);
  let at = 0;
  return tokenizer.encode(text).map((token) => {
    const mine = languages.slice(at, (at += tokenizer.bytes(token).length));
    const found = new Set(mine.filter((language) => language !== null));
    return { token, truth: found.size === 1 ? [...found][0]! : 'other' };
  });
}
