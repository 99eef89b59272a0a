/** What the text formats write: everything recognised in one recording. */
import type { Hypothesis, LanguageSpan, Segment } from '../../records.ts';

export interface Transcript {
  /** Id of the recording, where it was cut into pieces; else of the utterance. */
  readonly id: string;
  /** Audio file. */
  readonly path: string;
  readonly language: string;
  readonly text: string;
  /** In order of time, with times from the beginning of the recording. */
  readonly segments: readonly Segment[];
  /** In order of time, with times from the beginning of the recording. */
  readonly languageSpans: readonly LanguageSpan[];
}

/**
 * @param pieces All that there is of one recording, in any order: one hypothesis, or one for each piece. The language
 *   is that of the most text.
 */
export function transcriptOf(pieces: readonly [Hypothesis, ...Hypothesis[]]): Transcript {
  const ordered = pieces.toSorted((a, b) => (a.origin.piece?.index ?? 0) - (b.origin.piece?.index ?? 0));
  const [{ id, origin }] = pieces;
  return {
    id: origin.piece?.recording ?? id,
    path: origin.path,
    language: mainLanguage(ordered),
    text: ordered.map(({ text }) => text).reduce(joinTexts),
    segments: ordered.flatMap(({ segments }) => segments),
    languageSpans: ordered.flatMap(({ languageSpans }) => languageSpans),
  };
}

function mainLanguage(pieces: readonly Hypothesis[]): string {
  const lengths = new Map<string, number>();
  for (const { language, text } of pieces) lengths.set(language, (lengths.get(language) ?? 0) + text.length);
  const [[language] = ['']] = [...lengths].sort(([, a], [, b]) => b - a);
  return language;
}

/** Scripts that are written without spaces between words, and full-width punctuation. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\u3000-\u303f\uff00-\uffef]/u;

/** Puts a space between two texts where neither brings one and both sides are written with spaces. */
export function joinTexts(before: string, after: string): string {
  const left = [...before].at(-1);
  const [right] = after;
  if (left === undefined || right === undefined || /\s/u.test(left) || /\s/u.test(right)) return before + after;
  return UNSPACED.test(left) || UNSPACED.test(right) ? before + after : `${before} ${after}`;
}

/** The text without line breaks and without space around it, as formats of one line need it. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n\u2028\u2029]+\s*/gu, ' ');
}
