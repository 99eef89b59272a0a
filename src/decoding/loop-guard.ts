/**
 * Stops a decoding that has begun to repeat itself: it would fail the compression test at its end, after two hundred
 * more steps. The fallback that follows is the same.
 */
import type { Tokenizer } from '../whisper/tokenizer.ts';
import { compressionRatio } from './compression-ratio.ts';
import type { Path } from './search.ts';

/** Tokens that the repetition must have taken before anybody speaks of a loop. */
const shortestLoop = 48;
/** Longest phrase that is looked for, tokens. */
const longestPhrase = 24;

/** Whether every live path ends in a loop, and its text is more repetitive than `ratio` already. */
export function allLoop(paths: readonly Path[], tokenizer: Tokenizer, ratio: number): boolean {
  return paths.every(({ tokens }) => {
    if (tokens.length < shortestLoop) return false;
    // Timestamps grow, so a loop is seen without them.
    const text = tokens.filter((token) => token < tokenizer.endOfText);
    return endsInLoop(text) && compressionRatio(tokenizer.decode(text).trim()) > ratio;
  });
}

/** Whether the last tokens are one phrase said at least three times over. */
export function endsInLoop(tokens: readonly number[]): boolean {
  for (let period = 1; period <= longestPhrase; period++) {
    const span = Math.max(3 * period, shortestLoop);
    if (span > tokens.length) continue;
    let i = tokens.length - span + period;
    while (i < tokens.length && tokens[i] === tokens[i - period]) i++;
    if (i === tokens.length) return true;
  }
  return false;
}
