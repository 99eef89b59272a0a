/** For rules that say nothing of Chinese: words between spaces, and every Han character by itself. */
import { wordsOf } from './python-patterns.ts';

export function hanAndWords(text: string): string[] {
  return wordsOf(text.replace(/\p{Script=Han}/gu, ' $& '));
}
