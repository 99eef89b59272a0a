/**
 * Cues of subtitles, by the rules of openai-whisper's writers (whisper/utils.py, `SubtitlesWriter`): a cue for each
 * segment or, where words have times, for as many words as the limits allow.
 */
import type { Segment, Word } from '../../records.ts';
import { milliseconds } from './timestamp.ts';
import { oneLine } from './transcript.ts';

export interface SubtitleOptions {
  /** Underlines each word while it is spoken. */
  readonly highlightWords: boolean;
  /** Characters in a line, and lines in a cue; only both together join and split segments. null has no limit. */
  readonly maxLineWidth: number | null;
  readonly maxLineCount: number | null;
  /** Words in a cue; without effect where segments are joined. null has no limit. */
  readonly maxWordsPerLine: number | null;
}

/** Times in milliseconds from the beginning of the recording. */
export interface Cue {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A pause that ends a cue, in seconds. */
const LONG_PAUSE = 3;

/** An empty list for a recording without segments. */
export function cuesOf(segments: readonly Segment[], options: SubtitleOptions): readonly Cue[] {
  if (!segments.every(hasWords)) {
    return segments.map(({ start, end, text }) => cue(start, end, oneLine(text)));
  }
  const groups = [...groupWords(segments, options)];
  return groups.flatMap((words) => (options.highlightWords ? [...highlighted(words)] : [wholeCue(words)]));
}

type TimedSegment = Segment & { readonly words: readonly Word[] };

function hasWords(segment: Segment): segment is TimedSegment {
  return segment.words !== null;
}

function cue(start: number, end: number, text: string): Cue {
  // An arrow inside a text would end the cue's head in both formats.
  return { start: milliseconds(start), end: milliseconds(end), text: text.replaceAll('-->', '->') };
}

function wholeCue(words: readonly Word[]): Cue {
  return cue(words[0]?.start ?? 0, words.at(-1)?.end ?? 0, words.map(({ word }) => word).join(''));
}

/** A cue for each word, with the word underlined, and one for each gap before a word. */
function* highlighted(words: readonly Word[]): Generator<Cue> {
  const whole = wholeCue(words);
  let last = whole.start;
  for (const [index, { start, end }] of words.entries()) {
    const text = words
      .map(({ word }, other) => (other === index ? word.replace(/^(\s*)(.*)$/u, '$1<u>$2</u>') : word))
      .join('');
    const spoken = cue(start, end, text);
    if (last !== spoken.start) yield { ...whole, start: last, end: spoken.start };
    yield spoken;
    last = spoken.end;
  }
}

/** Words of one cue after the other; a word that begins a line has a line break before it. */
function* groupWords(segments: readonly TimedSegment[], options: SubtitleOptions): Generator<readonly Word[]> {
  const { maxLineCount } = options;
  const keepsSegments = options.maxLineWidth === null || maxLineCount === null;
  const width = options.maxLineWidth ?? Infinity;
  const perCue = options.maxWordsPerLine ?? Infinity;
  let group: Word[] = [];
  let lineLength = 0;
  let lines = 1;
  let last: number | null = null;
  for (const { words } of segments) {
    for (const [index, word] of words.entries()) {
      const isPause = !keepsSegments && last !== null && word.start - last > LONG_PAUSE;
      const startsGroup = keepsSegments && group.length > 0 && (index === 0 || index % perCue === 0);
      if (lineLength > 0 && lineLength + length(word.word) <= width && !isPause && !startsGroup) {
        lineLength += length(word.word);
        group.push(word);
      } else {
        const text = word.word.trim();
        const isFull = group.length > 0 && maxLineCount !== null && (isPause || lines >= maxLineCount);
        const breaksLine = !isFull && !startsGroup && lineLength > 0;
        if (isFull || startsGroup) {
          yield group;
          group = [];
          lines = 1;
        } else if (breaksLine) lines += 1;
        group.push({ ...word, word: breaksLine ? `\n${text}` : text });
        lineLength = length(text);
      }
      last = word.start;
    }
  }
  if (group.length > 0) yield group;
}

/** Characters, not UTF-16 units. */
function length(text: string): number {
  return [...text].length;
}
