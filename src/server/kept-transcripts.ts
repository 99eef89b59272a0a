/**
 * Transcripts that can be fetched for a while after they were made: their Arrow table as bytes, and what the text formats
 * write. Names are drawn so that nobody guesses them. The oldest go when they are too many.
 */
import { randomUUID } from 'node:crypto';
import { json } from '../tables/text/json.ts';
import { srt } from '../tables/text/srt.ts';
import type { SubtitleOptions } from '../tables/text/subtitles.ts';
import type { Transcript } from '../tables/text/transcript.ts';
import { txt } from '../tables/text/txt.ts';
import { vtt } from '../tables/text/vtt.ts';
import type { DownloadForm } from './messages.ts';

/** Subtitles as the pipeline writes them when nothing else is said. */
export const subtitleOptions: SubtitleOptions = {
  highlightWords: false,
  maxLineWidth: null,
  maxLineCount: null,
  maxWordsPerLine: null,
};

export interface KeptTranscript {
  readonly transcript: Transcript;
  /** An Arrow stream. */
  readonly arrow: Uint8Array;
}

export interface KeptTranscripts {
  /** @returns The name under which it can be found. */
  keep(transcript: KeptTranscript): string;
  find(name: string): KeptTranscript | null;
}

/** @param now Milliseconds. */
export function openKeptTranscripts(mostBytes: number, seconds: number, now: () => number = Date.now): KeptTranscripts {
  const kept = new Map<string, KeptTranscript & { readonly until: number }>();
  const bytes = (): number => [...kept.values()].reduce((sum, { arrow }) => sum + arrow.byteLength, 0);
  const forget = (): void => {
    for (const [name, { until }] of kept) if (until <= now()) kept.delete(name);
    for (const [name] of kept) {
      if (bytes() <= mostBytes) return;
      kept.delete(name);
    }
  };
  return {
    keep(transcript) {
      const name = randomUUID();
      kept.set(name, { ...transcript, until: now() + 1000 * seconds });
      forget();
      return name;
    },
    find(name) {
      forget();
      return kept.get(name) ?? null;
    },
  };
}

const types: Readonly<Record<DownloadForm, string>> = {
  txt: 'text/plain; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
  json: 'application/json; charset=utf-8',
  arrow: 'application/vnd.apache.arrow.stream',
};

/** A transcript in one of its forms, with its media type. */
export function inForm({ transcript, arrow }: KeptTranscript, form: DownloadForm): { type: string; body: Buffer } {
  const texts = { txt, json, srt: () => srt(transcript, subtitleOptions), vtt: () => vtt(transcript, subtitleOptions) };
  return { type: types[form], body: Buffer.from(form === 'arrow' ? arrow : texts[form](transcript)) };
}
