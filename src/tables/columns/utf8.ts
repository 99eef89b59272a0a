/** Columns of text: plain Utf8 with 32-bit offsets, which every Arrow reader understands. */
import { isUtf8 } from 'node:buffer';
import { makeData, Utf8 } from 'apache-arrow';
import { allValid, checkedOffsets, type Column, ColumnFault, shown } from './column.ts';
import { withRoom } from './room.ts';

/** The most bytes that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_UNIT = 3;

export const utf8: Column<string> = {
  type: new Utf8(),
  nullable: false,
  blank: '',
  builder(path) {
    let bytes = Buffer.alloc(0);
    let offsets = new Int32Array(1);
    let length = 0;
    let end = 0;
    return {
      get length() {
        return length;
      },
      get byteLength() {
        return end + length * 4;
      },
      append(value) {
        if (typeof value !== 'string') throw new ColumnFault(path, `needs text, not ${shown(value)}`);
        if (end + value.length * BYTES_PER_UNIT > bytes.length) {
          const larger = withRoom(Uint8Array, bytes, end + value.length * BYTES_PER_UNIT);
          bytes = Buffer.from(larger.buffer);
        }
        end += writeShort(value, bytes, end) || bytes.write(value, end);
        offsets = withRoom(Int32Array, offsets, length + 2);
        length += 1;
        offsets[length] = end;
      },
      truncate(to) {
        length = to;
        end = offsets[to] ?? 0;
      },
      finish: (validity = allValid) =>
        makeData({
          type: new Utf8(),
          length,
          ...validity,
          valueOffsets: offsets.subarray(0, length + 1),
          data: bytes.subarray(0, end),
        }),
    };
  },
  reader(data, path) {
    const values: unknown = data.values;
    const stored = values instanceof Uint8Array ? values : new Uint8Array(0);
    const offsets = checkedOffsets(data, path, stored.length);
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
    const first = offsets[0] ?? 0;
    const last = offsets[data.length] ?? 0;
    if (!isUtf8(bytes.subarray(first, last))) throw new ColumnFault(path, 'is not valid UTF-8');
    for (let row = 0; row < data.length; row += 1) {
      if (isInsideCharacter(bytes, offsets[row] ?? 0, last))
        throw new ColumnFault(path, `cuts a character in row ${row}`);
    }
    let texts: ((row: number) => string) | undefined;
    return (row) => (texts ??= textsOf(bytes, offsets, data.length))(row);
  },
  isSound: () => true,
};

/** A column of more bytes is decoded row by row: one string may not be of any length. */
const AT_ONCE = 64 * 2 ** 20;

/**
 * Decoded at once, of which each row is a slice: a call of the system's for every row takes five times as long. A text that
 * is kept keeps those of its batch in memory.
 */
function textsOf(bytes: Buffer, offsets: Int32Array, rows: number): (row: number) => string {
  const first = offsets[0] ?? 0;
  const last = offsets[rows] ?? 0;
  if (last - first > AT_ONCE) return (row) => bytes.toString('utf8', offsets[row], offsets[row + 1]);
  const text = bytes.toString('utf8', first, last);
  if (text.length === last - first) {
    return (row) => text.slice((offsets[row] ?? 0) - first, (offsets[row + 1] ?? 0) - first);
  }
  const begins = new Int32Array(rows + 1);
  let units = 0;
  for (let row = 0; row < rows; row += 1) {
    const end = offsets[row + 1] ?? 0;
    for (let at = offsets[row] ?? 0; at < end; at += 1) units += unitsOf(bytes[at] ?? 0);
    begins[row + 1] = units;
  }
  return (row) => text.slice(begins[row], begins[row + 1]);
}

/** UTF-16 units of the character that a byte begins: bytes 10xxxxxx go on with one, 11110xxx begins one of two units. */
function unitsOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc0) return 0;
  return byte < 0xf0 ? 1 : 2;
}

/** Up to here a loop is quicker than a call of the system's. */
const SHORT = 16;

/** @returns Bytes written; 0 where the text is long or not ASCII, and is still to be written. */
function writeShort(text: string, bytes: Uint8Array, at: number): number {
  if (text.length > SHORT) return 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return 0;
    bytes[at + index] = unit;
  }
  return text.length;
}

/** Bytes 10xxxxxx continue a character; no text starts with one. */
function isInsideCharacter(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && ((bytes[at] ?? 0) & 0xc0) === 0x80;
}
