/** Columns of truth values: a bit each, from the lowest. */
import { Bool, makeData } from 'apache-arrow';
import { allValid, type Column, ColumnFault, shown } from './column.ts';
import { withRoom } from './room.ts';

export const bool: Column<boolean> = {
  type: new Bool(),
  nullable: false,
  blank: false,
  builder(path) {
    let bits = new Uint8Array(0);
    let length = 0;
    return {
      get length() {
        return length;
      },
      get byteLength() {
        return (length + 7) >> 3;
      },
      append(value) {
        if (typeof value !== 'boolean') throw new ColumnFault(path, `needs true or false, not ${shown(value)}`);
        bits = withRoom(Uint8Array, bits, (length >> 3) + 1);
        bits[length >> 3] = withBit(bits[length >> 3] ?? 0, length & 7, value);
        length += 1;
      },
      truncate(to) {
        length = to;
      },
      finish: (validity = allValid) =>
        makeData({ type: new Bool(), length, ...validity, data: bits.subarray(0, (length + 7) >> 3) }),
    };
  },
  reader(data, path) {
    const bits: unknown = data.values;
    if (data.length > 0 && (!(bits instanceof Uint8Array) || bits.length * 8 < data.length)) {
      throw new ColumnFault(path, `has fewer values than its ${data.length} rows`);
    }
    return (row) => bitAt(bits as Uint8Array, row);
  },
  isSound: () => true,
};

export function bitAt(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** The byte with one bit set or cleared. */
export function withBit(byte: number, bit: number, value: boolean): number {
  return value ? byte | (1 << bit) : byte & ~(1 << bit);
}
