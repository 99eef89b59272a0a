/**
 * Loops in a text that is being made final. A loop looks stable: every decoding gives it again, so any rule of agreement
 * calls it final, and as a prompt it makes more of itself (WhisperLiveKit pull request 339). People do repeat themselves
 * (对对对, no no no), so it takes more than anybody says.
 */

/** Longest phrase that is looked for, in words. */
const longestPhrase = 12;

/** How often a phrase of so many words may come in a row. */
function mostOf(words: number): number {
  return words === 1 ? 6 : words === 2 ? 4 : 3;
}

/**
 * @param keys Words, as they are compared.
 * @returns Where the text goes beyond what people say: the place behind the first two turns of the loop; null without one.
 */
export function loopFrom(keys: readonly string[]): number | null {
  for (let start = 0; start < keys.length; start++) {
    for (let period = 1; period <= longestPhrase; period++) {
      const enough = start + period * (mostOf(period) + 1);
      if (enough > keys.length) break;
      let at = start + period;
      while (at < enough && keys[at] === keys[at - period]) at++;
      if (at === enough) return start + 2 * period;
    }
  }
  return null;
}
