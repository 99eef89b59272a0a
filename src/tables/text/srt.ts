/** SubRip subtitles. */
import { cuesOf, type SubtitleOptions } from './subtitles.ts';
import { timestamp } from './timestamp.ts';
import type { Transcript } from './transcript.ts';

export function srt({ segments }: Transcript, options: SubtitleOptions): string {
  const time = (at: number): string => timestamp(at, true, ',');
  return cuesOf(segments, options)
    .map(({ start, end, text }, index) => `${index + 1}\n${time(start)} --> ${time(end)}\n${text}\n\n`)
    .join('');
}
