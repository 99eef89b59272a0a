/**
 * SEAME as the LDC publishes it (LDC2015S04): {conversation,interview}/audio/RECORDING.flac and beside it
 * transcript/phaseII/*.txt, lines of `RECORDING <tab> start ms <tab> end ms <tab> language <tab> text`, or phaseI, whose
 * lines have no language. A recording that phase II has transcribed anew is taken from there alone. Ids are those of the
 * ESPnet recipe, `SPEAKER-RECORDING-SSSSSS-EEEEEE` with times in hundredths of a second; what lasts no longer than one of
 * them is passed over, as it does (method-specs 8.4).
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RecordError } from '../errors.ts';
import { attempt, readEntry, type Entry, type Reading } from './fields.ts';
import { textLines } from './text-lines.ts';

const kinds = ['conversation', 'interview'];

export function isSeame(folder: string): boolean {
  return kinds.some((kind) => existsSync(join(folder, kind, 'transcript')));
}

export async function* seame(folder: string, reading: Reading): AsyncGenerator<Entry> {
  for (const kind of kinds) {
    const known = new Set<string>();
    for (const phase of ['phaseII', 'phaseI']) {
      const place = join(folder, kind, 'transcript', phase);
      const files = await readdir(place).catch(() => []);
      for (const file of files.filter((name) => name.endsWith('.txt')).sort()) {
        if (phase === 'phaseII') known.add(file);
        else if (known.has(file)) continue;
        yield* transcript(join(place, file), join(kind, 'audio'), reading);
      }
    }
  }
}

async function* transcript(path: string, audio: string, reading: Reading): AsyncGenerator<Entry> {
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    if (line.text.trim() === '') continue;
    const place = `${path}:${line.number}`;
    const entry = attempt(place, () => {
      const [recording, start, end, ...rest] = line.text.split('\t');
      const [from, to] = [Number(start), Number(end)];
      if (recording === undefined || rest.length === 0 || !(from >= 0) || !(to >= from)) {
        throw new RecordError(
          'manifest-line',
          'expected recording, start and end in ms, language and text, between tabs',
        );
      }
      const language = rest.length > 1 ? (languages.get(rest[0]!.trim().toUpperCase()) ?? null) : null;
      const text = rest.length > 1 ? rest.slice(1).join(' ') : rest[0]!;
      const [first, last] = [hundredths(from), hundredths(to)];
      const speaker = speakerOf(recording);
      const cells: Record<string, unknown> = {
        id: `${speaker}-${recording}-${padded(first)}-${padded(last)}`,
        path: join(audio, `${recording}.flac`),
        // One that is too short is told apart below by its duration.
        start: first / 100,
        duration: Math.max(0.01, (last - first) / 100),
        text: text.trim(),
        language,
        speaker,
      };
      return readEntry((column) => cells[column] ?? undefined, place, { ...reading, columns: {} });
    });
    if (entry instanceof RecordError || (entry.duration ?? 0) > 0.0101) yield entry;
  }
}

/** The tags of phase II; others are left open. */
const languages = new Map([
  ['CS', 'zh-en'],
  ['ZH', 'zh'],
  ['EN', 'en'],
]);

const hundredths = (milliseconds: number): number => Math.round(milliseconds / 10);
const padded = (time: number): string => String(time).padStart(6, '0');

/** 01NC01FBX_0101 -> NC01F, NI01MAX_0101 -> NI01M. */
function speakerOf(recording: string): string {
  const prefix = recording.split('_')[0]!;
  return /^\d/.test(prefix) ? prefix.slice(2, -2) : prefix.slice(0, 5);
}
