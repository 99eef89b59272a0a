/**
 * One file of a table: rows go into columns in memory, columns into record batches, batches into a pending file. Memory
 * is bounded by one batch, whatever the number of rows; where batches end depends on the rows alone, so that the same
 * rows give the same bytes.
 */
import { createHash } from 'node:crypto';
import type { RecordBase } from '../records.ts';
import { KIND, versions } from './provenance.ts';
import { openPendingFile } from './pending-file.ts';
import { appendRecord, type RecordTable, schemaOf } from './record-table.ts';
import { encodeStream } from './stream-encoder.ts';

/** A batch also ends when its values take this many bytes. */
export const BATCH_BYTES = 8 * 2 ** 20;

export interface PartWriter {
  readonly path: string;
  /** Where the bytes lie until the file has its name. */
  readonly temporary: string;
  /** sha256 (hexadecimal) of the schema's message; null before the first batch is written. */
  readonly schema: string | null;
  /** Rows taken, and bytes written or waiting in columns. */
  readonly rows: number;
  readonly bytes: number;
  /**
   * Takes a record; gives a promise only when a batch is written.
   * @throws RecordError `unwritable` when the record does not fit the table.
   */
  append(record: RecordBase): Promise<void> | undefined;
  /**
   * Ends the table and flushes it to the disk, still under its temporary name.
   * @returns sha256 (hexadecimal) of its bytes.
   */
  seal(): Promise<string>;
  /** Seals, and gives the file its name. */
  commit(): Promise<void>;
  /** Removes what was written; does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * @param provenance Goes into the schema's metadata as it is when the first batch is written.
 * @throws UsageError `output-file` when the place cannot be written to.
 */
export async function openPart(
  path: string,
  table: RecordTable,
  provenance: ReadonlyMap<string, string>,
  rowsPerBatch: number,
): Promise<PartWriter> {
  const file = await openPendingFile(path);
  let columns = table.row.builder('');
  let written = 0;
  let schema: string | null = null;
  let encoder: ReturnType<typeof encodeStream> | undefined;

  async function writeBatch(): Promise<void> {
    if (encoder === undefined) {
      encoder = encodeStream(schemaOf(table, new Map([...versions(), ...provenance, [KIND, table.kind]])));
      const message = encoder.start();
      schema = createHash('sha256').update(message).digest('hex');
      await file.write(message);
    }
    if (columns.length === 0) return;
    const full = columns;
    columns = table.row.builder('');
    written += full.length;
    await file.write(encoder.batch(full.finish()));
  }

  let isEnded = false;
  async function seal(): Promise<string> {
    if (!isEnded) {
      await writeBatch();
      await file.write(encoder?.end() ?? new Uint8Array(0));
      isEnded = true;
    }
    return file.seal();
  }

  return {
    path,
    temporary: file.temporary,
    get schema() {
      return schema;
    },
    get rows() {
      return written + columns.length;
    },
    get bytes() {
      return file.bytes + columns.byteLength;
    },
    append(record) {
      appendRecord(table, columns, record);
      return columns.length >= rowsPerBatch || columns.byteLength >= BATCH_BYTES ? writeBatch() : undefined;
    },
    seal,
    async commit() {
      await seal();
      await file.commit();
    },
    discard: () => file.discard(),
  };
}
