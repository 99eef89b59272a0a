/**
 * openai-whisper's `BasicTextNormalizer` (whisper/normalizers/basic.py). It splits `don't` in two, and has no rule for
 * Chinese: Han characters are counted one by one, in the script in which they were written.
 */
import { withoutBrackets } from './bracketed.ts';
import { hanAndWords } from './han-units.ts';
import type { ProfileRule } from './profile.ts';

export const whisperBasic: ProfileRule = {
  name: 'whisper-basic',
  summary:
    "openai-whisper's BasicTextNormalizer: no brackets, marks, symbols or punctuation; Han characters and words.",
  open: async () => (text) => hanAndWords(basicText(text)),
};

/** The text as `BasicTextNormalizer()` gives it, but for spaces. */
export function basicText(text: string): string {
  return withoutBrackets(text.toLowerCase())
    .normalize('NFKC')
    .replace(/[\p{M}\p{S}\p{P}]/gu, ' ')
    .toLowerCase();
}
