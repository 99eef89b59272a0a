/**
 * From the fields of a manifest to an utterance, whoever wrote it. The field names are NeMo's, FunASR's, WeNet's and
 * those that CSV headers commonly have; a manifest with other names is read by saying them.
 */
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import type { Utterance } from '../records.ts';
import { audioPath } from './audio-path.ts';

/** What a manifest gives for each line: the utterance, or why there is none. */
export type Entry = Utterance | RecordError;

/** Under which names a field is looked for; the first that holds something counts. */
const names = {
  id: ['id', 'key', 'utt_id', 'utt'],
  path: ['path', 'audio_filepath', 'wav', 'audio', 'audio_path', 'file', 'filename', 'source'],
  start: ['start', 'offset', 'start_time'],
  end: ['end', 'end_time'],
  duration: ['duration'],
  text: ['text', 'target', 'txt', 'sentence', 'transcript', 'transcription'],
  language: ['language', 'lang', 'text_language', 'locale'],
  speaker: ['speaker', 'spk', 'speaker_id', 'client_id'],
} as const;

type Field = keyof typeof names;
const fields = Object.keys(names) as Field[];

/** Names of columns where a manifest has its own: `{ text: 'transcript_zh' }`. */
export const columnsSchema = z.partialRecord(z.enum(fields), z.string());
export type Columns = Readonly<z.infer<typeof columnsSchema>>;

/** How the lines of a manifest are to be understood. */
export interface Reading {
  /** Folder that relative audio paths start from. */
  readonly root: string;
  /** Folder that the audio files must lie in. */
  readonly within: string;
  readonly columns: Columns;
}

// Numbers may be written as text, as CSV does it.
const seconds = z.union([z.number(), z.string().transform(Number)], 'expected seconds').pipe(z.number().nonnegative());
const label = z.union([z.string(), z.number().transform(String)], 'expected text').pipe(
  z
    .string()
    .trim()
    .max(1000)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'holds control characters'),
);
const schema = z.object({
  id: label.optional(),
  path: z.string('expected the path of an audio file').max(4096),
  start: seconds.default(0),
  end: seconds.optional(),
  duration: seconds.pipe(z.number().positive()).optional(),
  text: z.string().optional(),
  language: label.optional(),
  speaker: label.optional(),
});

/**
 * Reads one line of a manifest.
 *
 * @param cell The value of a column, undefined or null where it has none.
 * @param place Where the line stands (`train.jsonl:12`): it begins every message, and is the id of a faulty line.
 */
export function readEntry(cell: (column: string) => unknown, place: string, { root, within, columns }: Reading): Entry {
  return attempt(place, () => {
    const found = Object.fromEntries(fields.map((field) => [field, find(cell, field, columns)]));
    const parsed = schema.safeParse(found);
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path: [field], message }) => `${String(field)}: ${message}`);
      throw new RecordError('manifest-line', faults.join('; '));
    }
    const { id, path, start, end, duration, text, language, speaker } = parsed.data;
    if (end !== undefined && end <= start) throw new RecordError('manifest-line', `end: ${end} is not after ${start}`);
    return {
      kind: 'utterance',
      id: id ?? (start > 0 ? `${path}#${start}` : path),
      path: audioPath(root, within, path),
      start,
      duration: duration ?? (end === undefined ? null : end - start),
      reference: text ?? null,
      language: language?.replace(/^<\|(.*)\|>$/, '$1') ?? null,
      speaker: speaker ?? null,
    };
  });
}

/** Whether one of these columns holds the field. */
export function namesColumn(header: readonly string[], field: Field, { columns }: Reading): boolean {
  return [columns[field] ?? names[field]].flat().some((name) => header.includes(name));
}

/** Runs `read`; a RecordError that it throws comes back as a value that says the place. */
export function attempt(place: string, read: () => Entry): Entry {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return new RecordError(error.code, `${place}: ${error.message}.`, { id: place, cause: error });
  }
}

/** The first of the columns that holds something. An empty text is one, an empty anything else is nothing. */
function find(cell: (column: string) => unknown, field: Field, columns: Columns): unknown {
  for (const column of [columns[field] ?? names[field]].flat()) {
    const value = cell(column);
    if (value === undefined || value === null) continue;
    if (field === 'text' || typeof value !== 'string' || value.trim() !== '') return value;
  }
  return undefined;
}
