/**
 * Kaldi data folders: wav.scp (recording, file), and where they are there segments (utterance, recording, start, end),
 * text, utt2spk and utt2lang. An entry of wav.scp that is a command (`sox … |`) is refused, never run.
 *
 * All but the file that lists the utterances is held in memory: about 200 bytes an utterance and its text.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RecordError } from '../errors.ts';
import { attempt, readEntry, type Entry, type Reading } from './fields.ts';
import { textLines } from './text-lines.ts';

/** A line: its first word, and what follows it. */
interface KaldiLine {
  readonly key: string;
  readonly value: string;
  readonly place: string;
}

/** Reads the utterances of a data folder: those of segments, or else whole recordings. */
export async function* kaldi(folder: string, reading: Reading): AsyncGenerator<Entry> {
  const tables = new Map<string, Map<string, string>>();
  for (const name of ['text', 'utt2spk', 'utt2lang']) {
    const table = new Map<string, string>();
    for await (const line of kaldiLines(join(folder, name))) {
      if (line instanceof RecordError) yield line;
      else table.set(line.key, line.value);
    }
    tables.set(name, table);
  }
  const known = (key: string) => ({
    id: key,
    text: tables.get('text')?.get(key),
    speaker: tables.get('utt2spk')?.get(key),
    language: tables.get('utt2lang')?.get(key),
  });
  const entry = (cells: Readonly<Record<string, unknown>>, place: string) =>
    readEntry((column) => cells[column], place, { ...reading, columns: {} });

  const recordings = new Map<string, string>();
  const whole = !existsSync(join(folder, 'segments'));
  for await (const line of kaldiLines(join(folder, 'wav.scp'))) {
    if (line instanceof RecordError) yield line;
    else if (whole) yield entry({ ...known(line.key), path: line.value }, line.place);
    else recordings.set(line.key, line.value);
  }
  if (whole) return;
  for await (const line of kaldiLines(join(folder, 'segments'))) {
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    yield attempt(line.place, () => {
      const [recording, start, end, more] = line.value.split(/\s+/);
      if (recording === undefined || start === undefined || end === undefined || more !== undefined) {
        throw new RecordError('manifest-line', 'expected utterance, recording, start and end');
      }
      const path = recordings.get(recording);
      if (path === undefined) throw new RecordError('manifest-line', `${recording} is not in wav.scp`);
      // Kaldi writes -1 where the segment goes on to the end of the recording.
      return entry({ ...known(line.key), path, start, end: end === '-1' ? undefined : end }, line.place);
    });
  }
}

async function* kaldiLines(path: string): AsyncGenerator<KaldiLine | RecordError> {
  if (!existsSync(path)) return;
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
    } else {
      const [, key, value] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line.text) ?? [];
      if (key !== undefined) yield { key, value: value ?? '', place: `${path}:${line.number}` };
    }
  }
}
