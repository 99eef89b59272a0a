/** Speech without text: stretches of voice activity that no segment covers. */
import type { CoverageCounts } from '../score-counts.ts';

/** Seconds; `end` is not before `start`. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export const notMeasured: CoverageCounts = { utterances: 0, speech: 0, uncovered: 0 };

/**
 * @param speech Stretches of speech, in order and not overlapping.
 * @param written Times of what was written, in any order; they may overlap.
 */
export function coverageCounts(speech: readonly Interval[], written: readonly Interval[]): CoverageCounts {
  const inOrder = written.toSorted((a, b) => a.start - b.start);
  let total = 0;
  let uncovered = 0;
  for (const { start, end } of speech) {
    total += end - start;
    let at = start;
    for (const text of inOrder) {
      if (text.start >= end) break;
      uncovered += Math.max(0, text.start - at);
      at = Math.max(at, text.end);
    }
    uncovered += Math.max(0, end - at);
  }
  return { utterances: 1, speech: total, uncovered };
}
