/** Text made up over silence, seen by words that are too short, too long or improbable (openai-whisper transcribe.py). */
import type { SegmentDraft, WordDraft } from './segments.ts';

const punctuation = '"\'“¿([{-"\'.。,，!！?？:：”)]}、';

export interface SilenceCheck {
  /** Seconds of silence that are skipped where they surround a suspicious segment. */
  readonly threshold: number;
  /** Seconds of the recording: the window, as far as it holds audio, and as far as it could. */
  readonly windowStart: number;
  readonly audioEnd: number;
  readonly windowEnd: number;
  /** Seconds of the recording. */
  readonly recordingEnd: number;
  /** Seconds where the last word before this window ends. */
  readonly lastSpeech: number;
}

/** What to do about a window: hear it again from a later place, without the segments from `keep` on. */
export interface Skip {
  /** Segments that stand. */
  readonly keep: number;
  /** Seconds of the recording. */
  readonly seek: number;
}

/** Null where nothing is suspicious. */
export function findHallucination(segments: readonly SegmentDraft[], check: SilenceCheck): Skip | null {
  const { threshold, windowStart, audioEnd, windowEnd, recordingEnd } = check;
  const first = segments.find(({ words }) => words.length > 0);
  if (first !== undefined && isAnomaly(first) && first.start - windowStart > threshold)
    return { keep: 0, seek: first.start };
  let lastEnd = check.lastSpeech;
  for (const [i, segment] of segments.entries()) {
    if (segment.words.length === 0) continue;
    if (isAnomaly(segment)) {
      const next = segments.slice(i + 1).find(({ words }) => words.length > 0);
      const nextStart = next?.words[0]?.start ?? audioEnd;
      const silenceBefore =
        segment.start - lastEnd > threshold || segment.start < threshold || segment.start - windowStart < 2;
      const silenceBehind =
        nextStart - segment.end > threshold || (next !== undefined && isAnomaly(next)) || windowEnd - segment.end < 2;
      if (silenceBefore && silenceBehind) {
        const nothingLeft = recordingEnd - segment.end < threshold;
        return { keep: i, seek: nothingLeft ? recordingEnd : Math.max(windowStart + 1, segment.start) };
      }
    }
    lastEnd = segment.end;
  }
  return null;
}

function isAnomaly({ words }: SegmentDraft): boolean {
  const looked = words.filter(({ word }) => !punctuation.includes(word)).slice(0, 8);
  const score = looked.reduce((sum, word) => sum + anomaly(word), 0);
  return score >= 3 || score + 0.01 >= looked.length;
}

function anomaly({ start, end, probability }: WordDraft): number {
  const duration = end - start;
  return (probability < 0.15 ? 1 : 0) + Math.max(0, 0.133 - duration) * 15 + Math.max(0, duration - 2);
}
