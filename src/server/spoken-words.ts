/** The words of a hypothesis with what is known of their language, as the page colours them. */
import type { Hypothesis, Segment, TokenScore } from '../records.ts';
import type { SpokenWord } from './messages.ts';

/** Empty where the hypothesis has no word times. */
export function spokenWords({ segments, languageSpans }: Hypothesis): SpokenWord[] {
  return segments.flatMap((segment) => {
    const tokens = tokenByCharacter(segment);
    let at = 0;
    return (segment.words ?? []).map(({ word, start, end, probability }) => {
      const characters = Array.from(word);
      // The first letter, as the space before a word is part of its token.
      const first =
        at +
        Math.max(
          0,
          characters.findIndex((character) => character.trim() !== ''),
        );
      at += characters.length;
      const token = tokens[first];
      const span = languageSpans.findLast((each) => each.start <= start + 1e-6);
      return {
        word,
        start,
        end,
        probability: Math.min(1, Math.max(0, probability)),
        language: token === undefined || token.language === 'other' ? (span?.language ?? 'other') : token.language,
        internal: token === undefined ? null : [...token.internal],
        external: token?.external ? [...token.external] : null,
      };
    });
  });
}

/** The token that each character (code point) of the segment begins in; empty where they do not add up to its text. */
function tokenByCharacter({ text, tokenScores }: Segment): readonly TokenScore[] {
  const tokens = tokenScores.flatMap((token) => new Array<TokenScore>(token.characters).fill(token));
  return tokens.length === Array.from(text).length ? tokens : [];
}
