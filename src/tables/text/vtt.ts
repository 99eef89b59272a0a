/** WebVTT subtitles. */
import { cuesOf, type SubtitleOptions } from './subtitles.ts';
import { timestamp } from './timestamp.ts';
import type { Transcript } from './transcript.ts';

export function vtt({ segments }: Transcript, options: SubtitleOptions): string {
  const time = (at: number): string => timestamp(at, false, '.');
  const cues = cuesOf(segments, options).map(({ start, end, text }) => `${time(start)} --> ${time(end)}\n${text}\n\n`);
  return `WEBVTT\n\n${cues.join('')}`;
}
