/** One hypothesis for a recording that `segment` cut, made of those of its pieces. */
import type { Hypothesis, Segment, WindowCandidates } from '../../records.ts';
import { transcriptOf } from './transcript.ts';

/**
 * @param pieces All that there is of one recording, in any order.
 * @returns With the recording's id, from the beginning of its first piece to the end of its last. The language is that of
 *   the most text; its probability is null, because every piece was asked by itself. Seek positions count from the start.
 */
export function wholeRecording(pieces: readonly [Hypothesis, ...Hypothesis[]]): Hypothesis {
  const [first, ...others] = pieces.toSorted((a, b) => indexOf(a) - indexOf(b)) as [Hypothesis, ...Hypothesis[]];
  const all = [first, ...others];
  const { start } = first.origin;
  const end = Math.max(...all.map(({ origin }) => origin.start + origin.duration));
  const { id, language, text, languageSpans } = transcriptOf(pieces);
  return {
    ...first,
    id,
    origin: { ...first.origin, start, duration: end - start, piece: null },
    language,
    languageProbability: null,
    text,
    segments: all.flatMap(({ segments, origin }) => segments.map(later<Segment>(origin.start - start))),
    languageSpans,
    guardedWindows: all.reduce((sum, { guardedWindows }) => sum + guardedWindows, 0),
    nBest: all.some(({ nBest }) => nBest !== null)
      ? all.flatMap(({ nBest, origin }) => (nBest ?? []).map(later<WindowCandidates>(origin.start - start)))
      : null,
  };
}

function indexOf({ origin }: Hypothesis): number {
  return origin.piece?.index ?? 0;
}

/** @param seconds By which its window lies behind the beginning of the recording. */
function later<T extends { readonly seek: number }>(seconds: number): (part: T) => T {
  return (part) => ({ ...part, seek: part.seek + Math.round(100 * seconds) });
}
