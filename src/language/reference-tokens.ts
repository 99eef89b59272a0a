/** A reference in the tokens that Whisper would write it with. */
import type { Tokenizer } from '../whisper/tokenizer.ts';

/** Without timestamps and end; in front of the first word of a script that has spaces there is one, as Whisper writes. */
export function referenceTokens(tokenizer: Tokenizer, reference: string): number[] {
  const text = reference.trim();
  return tokenizer.encode(/^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(text) ? text : ` ${text}`);
}
