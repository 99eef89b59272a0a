/**
 * Audio inside Arrow tables, as `datasets` of Hugging Face keeps it: a struct of `bytes` (a whole audio file) and `path`.
 * The bytes of a row are read where they lie, by the layout of a batch (Arrow columnar format, "buffer listing for each
 * layout"); neither the table nor a batch is loaded for them.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { DataType, type Field, UnionMode } from 'apache-arrow';
import { RecordError, UsageError } from '../errors.ts';
import { readMessages } from '../tables/message-stream.ts';
import { fileIndex } from './file-index.ts';

/** The column of audio, and which of the buffers of a batch tell where the bytes of each row are, and hold them. */
export interface AudioColumn {
  readonly name: string;
  readonly offsets: number;
  readonly data: number;
  /** Bytes of an offset: 4, or 8 in large binaries. */
  readonly offsetBytes: 4 | 8;
}

/** A batch with its rows, and the places of its two buffers in the file. */
interface AudioBatch {
  readonly from: number;
  readonly rows: number;
  readonly offsetsAt: number;
  readonly dataAt: number;
  readonly dataBytes: number;
}

/** The first struct with a field `bytes`; null where there is none. */
export function audioColumn(fields: readonly Field[]): AudioColumn | null {
  let buffer = 0;
  for (const field of fields) {
    if (DataType.isStruct(field.type)) {
      let inner = buffer + 1;
      for (const { name, type } of field.type.children as readonly Field[]) {
        const isBytes = DataType.isBinary(type) || DataType.isLargeBinary(type);
        if (name === 'bytes' && isBytes) {
          const offsetBytes = DataType.isLargeBinary(type) ? 8 : 4;
          return { name: field.name, offsets: inner + 1, data: inner + 2, offsetBytes };
        }
        inner += buffersOf(type as DataType);
      }
    }
    buffer += buffersOf(field.type as DataType);
  }
  return null;
}

/** How many buffers of a batch a column takes, those of its children with it. */
function buffersOf(type: DataType): number {
  if (DataType.isNull(type)) return 0;
  if (DataType.isDictionary(type)) return 2;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isBinary(type) || DataType.isLargeBinary(type)) {
    return 3;
  }
  const children = (type.children ?? []) as readonly Field[];
  const inner = children.reduce((sum, child) => sum + buffersOf(child.type as DataType), 0);
  if (DataType.isStruct(type) || DataType.isFixedSizeList(type)) return 1 + inner;
  if (DataType.isUnion(type)) return (type.mode === UnionMode.Dense ? 2 : 1) + inner;
  return 2 + inner;
}

/** Where in a path an Arrow file ends, and the row; null for a path without one. */
export function arrowPath(path: string): { file: string; row: number } | null {
  const [, file, row] = /^(.*?\.(?:arrow|feather|ipc))[\\/](\d+)$/i.exec(path) ?? [];
  return file === undefined ? null : { file, row: Number(row) };
}

const withBatches = fileIndex(async (path) => {
  let column: AudioColumn | null = null;
  const batches: AudioBatch[] = [];
  let from = 0;
  for await (const { type, schema, rows, bodyAt, buffers } of readMessages(path)) {
    if (schema !== null) column = audioColumn(schema.fields);
    if (type !== 'batch' || column === null) continue;
    const [offsets, data] = [buffers[column.offsets], buffers[column.data]];
    if (offsets === undefined || data === undefined || offsets.length < (rows + 1) * column.offsetBytes) {
      throw new UsageError('arrow-file', `${path} keeps its audio in another form; write it uncompressed.`);
    }
    const [offsetsAt, dataAt] = [bodyAt + offsets.offset, bodyAt + data.offset];
    batches.push({ from, rows, offsetsAt, dataAt, dataBytes: data.length });
    from += rows;
  }
  return { column, batches };
});

/**
 * The bytes of the audio of a row.
 * @throws RecordError `file-missing` when there is no such file, row or audio; `file-changed`; `arrow-file` when it is broken.
 */
export async function readArrowAudio(path: string, row: number): Promise<Uint8Array> {
  return withBatches(path, async ({ column, batches }) => {
    const batch = batches.find(({ from, rows }) => row >= from && row < from + rows);
    if (column === null || batch === undefined) {
      throw new RecordError('file-missing', `${path} has no audio in row ${row}.`);
    }
    const file = await open(path);
    try {
      const { offsetBytes } = column;
      const at = batch.offsetsAt + (row - batch.from) * offsetBytes;
      const offsets = await exactly(file, at, 2 * offsetBytes);
      const [begin, end] = [0, offsetBytes].map((place) =>
        offsetBytes === 4 ? offsets.readInt32LE(place) : Number(offsets.readBigInt64LE(place)),
      ) as [number, number];
      if (begin === end) throw new RecordError('file-missing', `${path}: row ${row} has no audio.`);
      if (!(begin >= 0 && end > begin && end <= batch.dataBytes))
        throw new RecordError('arrow-file', brokenAt(path, row));
      return await exactly(file, batch.dataAt + begin, end - begin);
    } finally {
      await file.close();
    }
  }).catch((error: unknown) => {
    if (error instanceof UsageError) throw new RecordError(error.code, error.message, { cause: error });
    throw error;
  });

  async function exactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(buffer, done, length - done, at + done);
      if (bytesRead === 0) throw new RecordError('arrow-file', brokenAt(path, row));
      done += bytesRead;
    }
    return buffer;
  }
}

function brokenAt(path: string, row: number): string {
  return `${path}: the audio of row ${row} lies outside of the file; write it again.`;
}
