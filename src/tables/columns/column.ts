/**
 * What a column of a table is: its Arrow type, a builder that takes values one by one, and a reader that checks what it
 * was given before it gives a value. Columns are joined like building blocks (`nullable(list(struct({…})))`), and the
 * TypeScript type of a row follows from them.
 *
 * apache-arrow's own builders are not used: they copy typed arrays element by element, keep nested values in maps until
 * they flush, and write null as the string "null" unless told otherwise.
 */
import { inspect } from 'node:util';
import type { Data, DataType } from 'apache-arrow';

export interface Column<T> {
  readonly type: DataType;
  readonly nullable: boolean;
  /** Stands in the place of a null; never seen by a reader. */
  readonly blank: T;
  /** What is read where a file has no such column, because it is older than the column; without it that is a fault. */
  readonly absent?: T;
  /** Facts that go into the metadata of the Arrow field. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** @param path Name of the column with those around it, for messages: `segments.tokens`. */
  builder(path: string): ColumnBuilder<T>;
  /**
   * Checks lengths, offsets and values of a column that came from a file.
   * @throws ColumnFault where the column is not what its schema says.
   */
  reader(data: Data, path: string): ColumnReader<T>;
  /** Whether a reader, once made, can read every row of it. Left out where only reading tells. */
  isSound?(data: Data): boolean;
}

export interface ColumnBuilder<T> {
  readonly length: number;
  /** Bytes taken so far by the values. */
  readonly byteLength: number;
  /** @throws ColumnFault when the value does not fit; what was appended before it stays. */
  append(value: T): void;
  /** Forgets all values from the one at `length` on: the way back when a row breaks in its middle. */
  truncate(length: number): void;
  /** The column as Arrow data. The builder is not to be used after it. */
  finish(validity?: Validity): Data;
}

export type ColumnReader<T> = (row: number) => T;

/** Which rows hold a value: a bit each, from the lowest. Without a bitmap all do. */
export interface Validity {
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array;
}

export const allValid: Validity = { nullCount: 0 };

/** A value does not fit its column, or a column of a file is not what its schema says. Says which column. */
export class ColumnFault extends Error {
  override readonly name = 'ColumnFault';

  constructor(path: string, message: string) {
    super(`column ${path} ${message}`);
  }
}

/** A column that came later than its table: files without it are read as if each of their rows had `absent`. */
export function since<T>(column: Column<T>, absent: T): Column<T> {
  return { ...column, absent };
}

/** An Arrow type in words: `List<Float32>`. */
export function typeName(type: DataType): string {
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- every type has a toString, only their base class has none
  return String(type);
}

/** A value in a message, short. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40, maxArrayLength: 3 });
}

/** Whether the value is an object made of fields alone: no class, no array. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A reader of a column, after the checks that every column needs: its type, and no nulls where none may be. */
export function readerOf<T>(column: Column<T>, data: Data, path: string): ColumnReader<T> {
  if (data.typeId !== column.type.typeId)
    throw new ColumnFault(path, `holds ${typeName(data.type)} and not ${typeName(column.type)}`);
  if (data.nullCount > 0 && !column.nullable) throw new ColumnFault(path, 'has nulls, and may not');
  return column.reader(data, path);
}

/** The offsets of a list or text column, checked: as many as rows and one, rising, within the `end` of what they cut. */
export function checkedOffsets(data: Data, path: string, end: number): Int32Array {
  const offsets: unknown = data.valueOffsets;
  if (data.length === 0) return new Int32Array(1);
  if (!(offsets instanceof Int32Array) || offsets.length <= data.length)
    throw new ColumnFault(path, 'has too few offsets');
  let last = 0;
  for (let row = 0; row <= data.length; row += 1) {
    const offset = offsets[row] ?? -1;
    if (offset < last) throw new ColumnFault(path, `has an offset that runs backwards at row ${row}`);
    last = offset;
  }
  if (last > end) throw new ColumnFault(path, `points ${last - end} places behind its end`);
  return offsets;
}
