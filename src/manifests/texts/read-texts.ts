/** References and hypotheses, in whatever form they lie on disk. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, extname, join, parse } from 'node:path';
import { RecordError, UsageError } from '../../errors.ts';
import { arrowFiles } from '../../tables/arrow-files.ts';
import { fileFault } from '../../tables/file-fault.ts';
import { arrowTexts } from './arrow-texts.ts';
import { delimitedTexts } from './delimited-texts.ts';
import { jsonTexts } from './json-texts.ts';
import { kaldiText } from './kaldi-text.ts';
import { textLines } from '../text-lines.ts';
import { timedWords } from './timed-words.ts';
import { trn, trnLine } from './trn.ts';
import type { Side, TextEntry } from './utterance-text.ts';

export const textFormats = ['kaldi', 'trn', 'stm', 'ctm', 'json', 'csv', 'tsv', 'arrow', 'txt'] as const;
export type TextFormat = (typeof textFormats)[number];

const byExtension: Readonly<Record<string, TextFormat | undefined>> = {
  '.trn': 'trn',
  '.stm': 'stm',
  '.ctm': 'ctm',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
};

/**
 * Reads the texts of a path, in its order. A folder is a Kaldi data folder where it has `text`, a table where it has
 * Arrow parts, and else one text a file: `.json` as openai-whisper writes them, or plain `.txt`.
 *
 * @param format How to read it, whatever its name; null tells by name and, where that says nothing, by its first lines.
 * @throws UsageError `texts` when there is nothing to read there.
 */
export async function* readTexts(
  path: string,
  side: Side,
  format: TextFormat | null = null,
): AsyncGenerator<TextEntry> {
  for (const [file, known] of await filesOf(path, format)) {
    const told = format ?? known ?? byExtension[extname(file).toLowerCase()] ?? (await sniff(file));
    switch (told) {
      case 'kaldi':
        yield* kaldiText(file);
        break;
      case 'trn':
        yield* trn(file);
        break;
      case 'stm':
      case 'ctm':
        yield* timedWords(file, told);
        break;
      case 'json':
        yield* jsonTexts(file, side);
        break;
      case 'csv':
      case 'tsv':
        yield* delimitedTexts(file, told, side);
        break;
      case 'arrow':
        yield* arrowTexts(file, side);
        break;
      case 'txt':
        yield* plainText(file);
        break;
    }
  }
}

/** Files to read, in order, and their format where the folder tells it. */
async function filesOf(path: string, format: TextFormat | null): Promise<(readonly [string, TextFormat | null])[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new UsageError('texts', fileFault('cannot read', path, error), { cause: error });
  });
  if (!found.isDirectory()) return [[path, null]];
  const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
  if (names.includes('text')) return [[join(path, 'text'), 'kaldi']];
  if (names.some((name) => name.endsWith('.arrow'))) return (await arrowFiles(path)).map((file) => [file, 'arrow']);
  for (const [extension, known] of [
    ['.json', 'json'],
    ['.txt', 'txt'],
  ] as const) {
    const files = names.filter((name) => name.endsWith(extension));
    if (files.length > 0) return files.map((name) => [join(path, name), format ?? known]);
  }
  throw new UsageError('texts', `${path}: a folder without text, .arrow, .json or .txt files; name another.`);
}

/** A whole file as one text; its name without the ending is the id. */
async function* plainText(path: string): AsyncGenerator<TextEntry> {
  const lines: string[] = [];
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
      return;
    }
    lines.push(line.text.trim());
  }
  yield { id: parse(path).name, text: lines.join(' ').trim(), speaker: null, place: path };
}

/** How many lines must end in an id in brackets for a file to be taken for trn. */
const TELLING_LINES = 20;

async function sniff(path: string): Promise<TextFormat> {
  if (basename(path) === 'text') return 'kaldi';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    if (start === 'ARROW1' || start.startsWith('\xff\xff\xff\xff')) return 'arrow';
    if (/^(\xef\xbb\xbf)?\s*\{/.test(start)) return 'json';
  } finally {
    await file.close();
  }
  const lines: string[] = [];
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) break;
    if (line.text.trim() !== '') lines.push(line.text);
    if (lines.length === TELLING_LINES) break;
  }
  return lines.length > 0 && lines.every((line) => trnLine.test(line)) ? 'trn' : 'kaldi';
}
