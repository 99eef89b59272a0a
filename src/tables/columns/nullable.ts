/** A column in which a value may be missing. */
import type { Column } from './column.ts';
import { ColumnFault } from './column.ts';
import { bitAt, withBit } from './bool.ts';
import { withRoom } from './room.ts';

/** @param column A column without nulls; it stores its blank where the value is missing. */
export function nullable<T>(column: Column<T>): Column<T | null> {
  return {
    ...column,
    nullable: true,
    absent: null,
    builder(path) {
      const values = column.builder(path);
      let bits = new Uint8Array(0);
      let nullCount = 0;
      return {
        get length() {
          return values.length;
        },
        get byteLength() {
          return values.byteLength + (values.length >> 3);
        },
        append(value) {
          const row = values.length;
          const missing = value === null || value === undefined;
          values.append(missing ? column.blank : value);
          bits = withRoom(Uint8Array, bits, (row >> 3) + 1);
          bits[row >> 3] = withBit(bits[row >> 3] ?? 0, row & 7, !missing);
          if (missing) nullCount += 1;
        },
        truncate(to) {
          for (let row = to; row < values.length; row += 1) if (!bitAt(bits, row)) nullCount -= 1;
          values.truncate(to);
        },
        finish: () =>
          values.finish(
            nullCount === 0 ? undefined : { nullCount, nullBitmap: bits.subarray(0, (values.length + 7) >> 3) },
          ),
      };
    },
    reader(data, path) {
      const read = column.reader(data, path);
      if (data.nullCount === 0) return read;
      const bits: unknown = data.nullBitmap;
      if (!(bits instanceof Uint8Array) || bits.length * 8 < data.length) {
        throw new ColumnFault(path, 'does not say which of its rows are null');
      }
      return (row) => (bitAt(bits, row) ? read(row) : null);
    },
  };
}
