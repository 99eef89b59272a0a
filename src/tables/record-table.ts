/** How records of one kind lie in a table: its columns, and the way from record to row and back. */
import { Schema } from 'apache-arrow';
import { RecordError } from '../errors.ts';
import type { RecordBase, RecordKinds } from '../records.ts';
import { ColumnFault, type ColumnBuilder } from './columns/column.ts';
import { type Fields, type RowOf, struct, type StructColumn } from './columns/struct.ts';

export interface RecordTable<R extends RecordBase = RecordBase> {
  readonly kind: string;
  /** The row of a table as one object; its fields are the columns, in snake_case. */
  readonly row: StructColumn<unknown>;
  toRow(record: R): unknown;
  /** @throws ColumnFault when columns contradict each other, as sizes that do not fit their matrix. */
  fromRow(row: unknown): R;
}

/** Types a table while it is written: `toRow` must give every column, and `fromRow` a whole record. */
export function defineTable<K extends keyof RecordKinds, F extends Fields>(
  kind: K,
  fields: F,
  toRow: (record: RecordKinds[K]) => RowOf<F>,
  fromRow: (row: RowOf<F>) => RecordKinds[K],
): RecordTable<RecordKinds[K]> {
  return { kind, row: struct(fields), toRow, fromRow: (row) => fromRow(row as RowOf<F>) };
}

/** @param metadata See `provenance.ts`; sorted by key, so that the same run writes the same bytes. */
export function schemaOf(table: RecordTable, metadata: ReadonlyMap<string, string>): Schema {
  const sorted = [...metadata].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Schema([...table.row.arrowFields], new Map(sorted));
}

/**
 * Adds a record to the columns, whole or not at all.
 * @throws RecordError `unwritable` when a value does not fit its column.
 */
export function appendRecord(table: RecordTable, rows: ColumnBuilder<unknown>, record: RecordBase): void {
  const before = rows.length;
  try {
    rows.append(table.toRow(record));
  } catch (fault) {
    if (!(fault instanceof ColumnFault)) throw fault;
    rows.truncate(before);
    const message = `${record.kind} ${record.id} cannot be written to Arrow: ${fault.message}; mend the operator that made it.`;
    throw new RecordError('unwritable', message, { cause: fault });
  }
}
