/**
 * Parquet files with the audio inside, as `datasets` of Hugging Face writes them: a row an utterance, a column `audio` of
 * bytes and path, texts and the rest in columns beside it. Without bytes a file is a manifest like any other. Row groups are
 * read one at a time; the audio is left out of the listing, and read when its row is asked for (`FILE.parquet/ROW`).
 */
import { basename, dirname } from 'node:path';
import { type AsyncBuffer, asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { RecordError } from '../errors.ts';
import { namesColumn, readEntry, type Entry, type Reading } from './fields.ts';

interface ParquetFile {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/** Reads the utterances of a file. One that is broken ends with an error row. */
export async function* parquetTable(path: string, reading: Reading): AsyncGenerator<Entry> {
  let row = 0;
  try {
    const opened = await openParquet(path);
    const header = columnsOf(opened.metadata);
    const embedded = embeddedColumn(opened.metadata);
    if (embedded === null && !namesColumn(header, 'path', reading)) {
      const message = `${path}: no column of audio bytes, and none for the audio path among ${header.join(', ')}; name it with the option columns.`;
      yield new RecordError('manifest-header', message, { id: path });
      return;
    }
    const columns = header.filter((name) => name !== embedded);
    const own = embedded === null ? reading : { ...reading, root: dirname(path), within: dirname(path) };
    for (const group of opened.metadata.row_groups) {
      const rows = Number(group.num_rows);
      const values = columns.length === 0 ? [] : await readRows(opened, columns, row, row + rows);
      for (let at = 0; at < rows; at++, row++) {
        const place = `${basename(path)}/${row}`;
        const inside = embedded === null ? {} : { path: place, id: place };
        const cells = { ...inside, ...values[at], ...(embedded !== null && { path: place }) };
        yield readEntry((name) => plain((cells as Record<string, unknown>)[name]), `${path}:${row}`, {
          ...own,
          ...(embedded !== null && { columns: { ...own.columns, path: 'path' } }),
        });
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

/** The row group that was read last: rows are mostly asked for in their order. */
let last: { readonly key: string; readonly from: number; readonly audio: Promise<readonly (Uint8Array | null)[]> } | null = null;

/**
 * The bytes of the audio of a row.
 * @throws RecordError `file-missing` when there is no such file, row or audio.
 */
export async function readParquetAudio(path: string, row: number): Promise<Uint8Array> {
  const opened = await openParquet(path).catch((cause: unknown) => {
    throw new RecordError('file-missing', `${path}: cannot be read as Parquet (${(cause as Error).message}).`, { cause });
  });
  const embedded = embeddedColumn(opened.metadata);
  let from = 0;
  for (const group of opened.metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (row < from + rows && embedded !== null) {
      const key = `${path} ${opened.file.byteLength} ${from}`;
      if (last?.key !== key) {
        const audio = readRows(opened, [embedded], from, from + rows).then((read) => read.map((each) => bytesOf(each[embedded])));
        last = { key, from, audio };
      }
      const found = (await last.audio)[row - from];
      if (found === null || found === undefined) throw new RecordError('file-missing', `${path}: row ${row} has no audio.`);
      return found;
    }
    from += rows;
  }
  throw new RecordError('file-missing', `${path} has no audio in row ${row}.`);
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

/** The first struct with a field `bytes`, or the first column of bytes that are no text. */
function embeddedColumn({ row_groups: [group] }: FileMetaData): string | null {
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
