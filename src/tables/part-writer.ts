/**
 * One file of a table: rows go into columns in memory, columns into record batches, batches into a pending file. Memory
 * is bounded by one batch, whatever the number of rows; where batches end depends on the rows alone, so that the same
 * rows give the same bytes.
 */
import type { RecordBase } from '../records.ts';
import { KIND, versions } from './provenance.ts';
import { openPendingFile } from './pending-file.ts';
import { appendRecord, type RecordTable, schemaOf } from './record-table.ts';
import { encodeStream } from './stream-encoder.ts';

/** A batch also ends when its values take this many bytes. */
export const BATCH_BYTES = 8 * 2 ** 20;

export interface PartWriter {
  readonly path: string;
  /** Rows taken, and bytes written or waiting in columns. */
  readonly rows: number;
  readonly bytes: number;
  /**
   * Takes a record; gives a promise only when a batch is written.
   * @throws RecordError `unwritable` when the record does not fit the table.
   */
  append(record: RecordBase): Promise<void> | undefined;
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
  let encoder: ReturnType<typeof encodeStream> | undefined;

  async function writeBatch(): Promise<void> {
    if (encoder === undefined) {
      encoder = encodeStream(schemaOf(table, new Map([...versions(), ...provenance, [KIND, table.kind]])));
      await file.write(encoder.start());
    }
    if (columns.length === 0) return;
    const full = columns;
    columns = table.row.builder('');
    written += full.length;
    await file.write(encoder.batch(full.finish()));
  }

  return {
    path,
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
    async commit() {
      await writeBatch();
      await file.write(encoder?.end() ?? new Uint8Array(0));
      await file.commit();
    },
    discard: () => file.discard(),
  };
}
