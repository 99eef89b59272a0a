/**
 * Parquet files with the audio inside, as `datasets` of Hugging Face writes them: a row an utterance, a column `audio` of
 * bytes and path, texts and the rest in columns beside it. Without bytes a file is a manifest like any other. The audio is left
 * out of the listing, and read, a row group at a time, when its row is asked for (`FILE.parquet/ROW`).
 */
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { RecordError } from '../errors.ts';
import { containerName } from './audio-path.ts';
import { namesColumn, readEntry, type Entry, type Reading } from './fields.ts';
import { fileIndex } from './file-index.ts';

/** Rows that are decoded together in a listing: writers make row groups of a million. */
const ROWS_AT_A_TIME = 65_536;

interface ParquetFile {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/** Reads the utterances of a file. One that is broken ends with an error row. */
export async function* parquetTable(path: string, reading: Reading): AsyncGenerator<Entry> {
  let row = 0;
  const { name: file, folder } = containerName(reading.root, path);
  const inside = { root: folder, within: folder, columns: { ...reading.columns, path: 'path' } };
  try {
    const opened = await openParquet(path);
    const header = columnsOf(opened.metadata);
    const audio = audioColumn(opened.metadata);
    if (audio === null && !namesColumn(header, 'path', reading)) {
      const message = `${path}: neither a column of audio files nor one for their paths among ${header.join(', ')}; name it with the option columns.`;
      yield new RecordError('manifest-header', message, { id: path });
      return;
    }
    const columns = header.filter((name) => name !== audio);
    const end = Number(opened.metadata.num_rows);
    for (let from = 0; from < end; from += ROWS_AT_A_TIME) {
      const to = Math.min(end, from + ROWS_AT_A_TIME);
      const values = columns.length === 0 ? [] : await readRows(opened, columns, from, to);
      for (row = from; row < to; row++) {
        const cell = (name: string) => plain(values[row - from]?.[name]);
        const place = `${path}:${row}`;
        const name = `${file}/${row}`;
        yield audio === null
          ? readEntry(cell, place, reading)
          : readEntry((column) => (column === 'path' ? name : cell(column)), place, inside);
      }
    }
  } catch (error) {
    const message = `${path}: cannot be read on from row ${row} (${(error as Error).message}); write it again.`;
    yield new RecordError('manifest-broken', message, { id: path, cause: error });
  }
}

/** Where in a path a Parquet file ends, and the row; null for a path without one. */
export function parquetPath(path: string): { file: string; row: number } | null {
  const [, file, row] = /^(.*?\.parquet)[\\/](\d+)$/i.exec(path) ?? [];
  return file === undefined ? null : { file, row: Number(row) };
}

const withParquet = fileIndex(async (path) => ({ ...(await openParquet(path)), path }));

/** The audio of the row groups that were read last: rows are mostly asked for in their order, some at a time. */
const groups = new Map<
  string,
  { readonly file: AsyncBuffer; readonly audio: Promise<readonly (Uint8Array | null)[]> }
>();
const MOST_GROUPS = 2;

/**
 * The bytes of the audio of a row.
 * @throws RecordError `file-missing` when there is no such file, row or audio; `file-changed`; `parquet` when it is broken.
 */
export async function readParquetAudio(path: string, row: number): Promise<Uint8Array> {
  try {
    return await withParquet(path, (opened) => audioOf(path, row, opened));
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    throw new RecordError('parquet', `${path}: row ${row} cannot be read (${(cause as Error).message}).`, { cause });
  }
}

async function audioOf(path: string, row: number, opened: ParquetFile): Promise<Uint8Array> {
  const column = audioColumn(opened.metadata);
  let from = 0;
  for (const group of opened.metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (column !== null && row < from + rows) {
      const found = (await audioOfGroup(`${path} ${from}`, opened, column, from, rows))[row - from];
      if (found !== null && found !== undefined) return found;
      throw new RecordError('file-missing', `${path}: row ${row} has no audio.`);
    }
    from += rows;
  }
  throw new RecordError('file-missing', `${path} has no audio in row ${row}.`);
}

function audioOfGroup(key: string, opened: ParquetFile, column: string, from: number, rows: number) {
  const known = groups.get(key);
  // A file that changed was opened again.
  const group =
    known?.file === opened.file
      ? known
      : {
          file: opened.file,
          audio: readRows(opened, [column], from, from + rows).then((read) =>
            read.map((each) => bytesOf(each[column])),
          ),
        };
  groups.delete(key);
  groups.set(key, group);
  for (const other of [...groups.keys()].slice(0, -MOST_GROUPS)) groups.delete(other);
  return group.audio;
}

async function openParquet(path: string): Promise<ParquetFile> {
  const file = await asyncBufferFromFile(path);
  return { file, metadata: await parquetMetadataAsync(file) };
}

function readRows(
  { file, metadata }: ParquetFile,
  columns: string[],
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors, utf8: false });
}

/** Names of the columns, structs as one. */
function columnsOf({ row_groups: [group] }: FileMetaData): string[] {
  return [...new Set(group?.columns.map(({ meta_data: data }) => data?.path_in_schema[0] ?? '') ?? [])];
}

/** The first struct with a field `bytes`; null where there is none. */
function audioColumn({ row_groups: [group] }: FileMetaData): string | null {
  const paths = group?.columns.map(({ meta_data: data }) => data?.path_in_schema ?? []) ?? [];
  return paths.find((path) => path.length === 2 && path[1] === 'bytes')?.[0] ?? null;
}

function bytesOf(value: unknown): Uint8Array | null {
  const bytes: unknown = (value as { bytes?: unknown } | null)?.bytes;
  return bytes instanceof Uint8Array && bytes.length > 0 ? bytes : null;
}

/** 64-bit integers come as bigint. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
