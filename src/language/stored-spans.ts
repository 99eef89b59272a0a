/**
 * Language spans of segments whose tokens are known by number, class and length alone, as stored candidates are:
 * `languageSpans` without the tokenizer. Characters are the units; a token in which none begins goes with the one before.
 */
import type { LanguageSpan, Segment, TokenScore } from '../records.ts';

/**
 * As `languageSpans` tells them; a segment's time is shared out by tokens.
 * @param languages The declared ones, in the order of the tokens' probabilities.
 */
export function storedSpans(segments: readonly Segment[], languages: readonly string[]): LanguageSpan[] {
  return segments.flatMap(({ start, end, text, tokenScores }) => {
    const written = tokenScores.filter(({ characters, language }) => characters > 0 || language !== 'other');
    const each = (end - start) / Math.max(1, written.length);
    return runsOf(written, languages).map(({ language, tokens, from, begin }) => {
      const characters = tokens.reduce((sum, token) => sum + token.characters, 0);
      return {
        language,
        text: [...text]
          .slice(from, from + characters)
          .join('')
          .trim(),
        start: start + begin * each,
        end: start + (begin + tokens.length) * each,
        confidence: confidenceOf(tokens, language, languages),
      };
    });
  });
}

interface Run {
  language: string;
  readonly tokens: TokenScore[];
  /** Characters and tokens of the segment before it. */
  readonly from: number;
  readonly begin: number;
}

/** What is of no language goes with the run before it, or with the first. */
function runsOf(tokens: readonly TokenScore[], languages: readonly string[]): Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (const [begin, token] of tokens.entries()) {
    const run = runs.at(-1);
    const isDeclared = languages.includes(token.language);
    if (run === undefined || (isDeclared && run.language !== 'other' && run.language !== token.language)) {
      runs.push({ language: token.language, tokens: [token], from, begin });
    } else {
      run.tokens.push(token);
      if (run.language === 'other') run.language = token.language;
    }
    from += token.characters;
  }
  return runs.filter(({ language }) => language !== 'other');
}

/** Mean of a of the language over its own tokens, among the declared languages alone. */
function confidenceOf(tokens: readonly TokenScore[], language: string, languages: readonly string[]): number {
  const own = tokens.filter((token) => token.language === language);
  const at = languages.indexOf(language);
  const shares = own.map(({ internal }) => {
    const declared = internal.slice(0, -1).reduce((sum, a) => sum + a, 0);
    return declared > 0 ? internal[at]! / declared : 0;
  });
  return shares.reduce((sum, share) => sum + share, 0) / own.length;
}
