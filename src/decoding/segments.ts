/** Cuts the tokens of a window at its timestamps (openai-whisper whisper/transcribe.py). */

/** A segment while its words may still move its ends. Times are seconds from the beginning of the recording. */
export interface SegmentDraft {
  start: number;
  end: number;
  /** Timestamps included. */
  readonly tokens: readonly number[];
  words: WordDraft[];
}

export interface WordDraft {
  readonly word: string;
  start: number;
  end: number;
  readonly probability: number;
}

export interface CutWindow {
  readonly segments: SegmentDraft[];
  /** Frames of 10 ms to the place where the next window begins. */
  readonly advance: number;
  /** The last timestamp stands alone: nothing is said behind it in this window. */
  readonly endsInSilence: boolean;
}

/** Seconds and frames of 10 ms for one timestamp token. */
const step = { seconds: 0.02, frames: 2 };

/**
 * @param start Seconds of the recording where the window begins.
 * @param frames Frames of 10 ms that the window holds of the recording.
 */
export function cutSegments(
  tokens: readonly number[],
  timestampBegin: number,
  start: number,
  frames: number,
): CutWindow {
  const isTimestamp = (token: number | undefined): boolean => token !== undefined && token >= timestampBegin;
  const endsInSilence = tokens.length >= 2 && isTimestamp(tokens.at(-1)) && !isTimestamp(tokens.at(-2));
  const cuts = tokens.flatMap((token, i) => (i > 0 && isTimestamp(token) && isTimestamp(tokens[i - 1]) ? [i] : []));
  if (cuts.length === 0) {
    const last = tokens.findLast(isTimestamp) ?? timestampBegin;
    const duration = last === timestampBegin ? frames / 100 : (last - timestampBegin) * step.seconds;
    return { segments: [{ start, end: start + duration, tokens, words: [] }], advance: frames, endsInSilence };
  }
  if (endsInSilence) cuts.push(tokens.length);
  const segments = cuts.map((end, i) => {
    const piece = tokens.slice(i === 0 ? 0 : cuts[i - 1]!, end);
    const at = (token: number): number => start + (token - timestampBegin) * step.seconds;
    return { start: at(piece[0]!), end: at(piece.at(-1)!), tokens: piece, words: [] };
  });
  // What follows the last pair is not finished: the next window hears it again from there.
  const last = tokens[cuts.at(-1)! - 1]!;
  return { segments, advance: endsInSilence ? frames : (last - timestampBegin) * step.frames, endsInSilence };
}

/** Where the last word ends, or the last segment if there are no words; null without segments. */
export function lastEnd(segments: readonly SegmentDraft[]): number | null {
  const spoken = segments.findLast(({ words }) => words.length > 0);
  return spoken?.words.at(-1)?.end ?? segments.at(-1)?.end ?? null;
}
