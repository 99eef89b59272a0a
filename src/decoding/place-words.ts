/**
 * Hands timed words to their segments and mends the times that cross-attention is known to get wrong: words that are too
 * long at the ends of sentences and after pauses (openai-whisper whisper/timing.py, `add_word_timestamps`).
 */
import type { SegmentDraft, WordDraft } from './segments.ts';
import { mergePunctuation, type TimedWord } from './word-times.ts';

const sentenceEnds = '.。!！?？';
const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100;

export interface Punctuation {
  /** Marks that belong to the word behind them. */
  readonly prependPunctuations: string;
  /** Marks that belong to the word before them. */
  readonly appendPunctuations: string;
}

/**
 * Sets the words of the segments, and moves their ends to the words where both agree roughly.
 * @param words Of the window, in order; changed.
 * @param windowStart Seconds of the recording where the window begins.
 * @param lastSpeech Seconds of the recording where the last word before this window ends.
 */
export function placeWords(
  segments: readonly SegmentDraft[],
  words: readonly TimedWord[],
  endOfText: number,
  windowStart: number,
  lastSpeech: number,
  { prependPunctuations, appendPunctuations }: Punctuation,
): void {
  const median = Math.min(0.7, medianDuration(words));
  shortenAtSentenceEnds(words, 2 * median);
  mergePunctuation(words, prependPunctuations, appendPunctuations);
  let next = 0;
  let spokenUntil = lastSpeech;
  for (const segment of segments) {
    const textLength = segment.tokens.filter((token) => token < endOfText).length;
    for (let taken = 0; next < words.length && taken < textLength; next++) {
      const { word, tokens, start, end, probability } = words[next]!;
      taken += tokens.length;
      if (word === '') continue;
      segment.words.push({
        word,
        start: hundredths(windowStart + start),
        end: hundredths(windowStart + end),
        probability,
      });
    }
    if (segment.words.length === 0) continue;
    shortenAfterPause(segment.words, spokenUntil, median);
    agreeOnEnds(segment, median);
    spokenUntil = segment.end;
  }
}

/** Median duration of the words that last; 0 if none does. */
function medianDuration(words: readonly TimedWord[]): number {
  const durations = words.map(({ start, end }) => end - start).filter((duration) => duration !== 0);
  durations.sort((a, b) => a - b);
  const half = durations.length >> 1;
  if (durations.length === 0) return 0;
  return durations.length % 2 === 1 ? durations[half]! : (durations[half - 1]! + durations[half]!) / 2;
}

function shortenAtSentenceEnds(words: readonly TimedWord[], longest: number): void {
  if (longest === 0) return;
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!;
    if (word.end - word.start <= longest) continue;
    if (sentenceEnds.includes(word.word)) word.end = word.start + longest;
    else if (sentenceEnds.includes(words[i - 1]!.word)) word.start = word.end - longest;
  }
}

/** The first two words after a pause often reach back into it. */
function shortenAfterPause(words: readonly WordDraft[], spokenUntil: number, median: number): void {
  const longest = 2 * median;
  const first = words[0]!;
  const second = words[1];
  const afterPause = first.end - spokenUntil > 4 * median;
  const tooLong = first.end - first.start > longest || (second !== undefined && second.end - first.start > 2 * longest);
  if (!afterPause || !tooLong) return;
  if (second !== undefined && second.end - second.start > longest) {
    const boundary = Math.max(second.end / 2, second.end - longest);
    first.end = boundary;
    second.start = boundary;
  }
  first.start = Math.max(0, first.end - longest);
}

/** Where a word reaches far beyond its segment, the segment is right; elsewhere the word is. */
function agreeOnEnds(segment: SegmentDraft, median: number): void {
  const first = segment.words[0]!;
  if (segment.start < first.end && segment.start - 0.5 > first.start) {
    first.start = Math.max(0, Math.min(first.end - median, segment.start));
  } else {
    segment.start = first.start;
  }
  const last = segment.words.at(-1)!;
  if (segment.end > last.start && segment.end + 0.5 < last.end) {
    last.end = Math.max(last.start + median, segment.end);
  } else {
    segment.end = last.end;
  }
}
