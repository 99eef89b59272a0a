/** Columns of single numbers: finite floats, whole numbers of 32 bits, and of 64 bits as number or as bigint. */
import { type Data, type DataType, Float32, Float64, Int32, Int64, makeData } from 'apache-arrow';
import { allValid, type Column, ColumnFault, shown } from './column.ts';
import { type AnyTypedArray, type ArrayConstructor, withRoom } from './room.ts';

/** @param encode Gives the stored element, or undefined for a value that does not fit; `decode` is its way back. */
function fixedWidth<T extends number | bigint, A extends AnyTypedArray>(
  type: DataType,
  Elements: ArrayConstructor<A>,
  blank: T,
  expected: string,
  encode: (value: T) => A[number] | undefined,
  decode: (element: A[number]) => T | undefined,
): Column<T> {
  return {
    type,
    nullable: false,
    blank,
    builder(path) {
      let values = new Elements(0);
      let length = 0;
      return {
        get length() {
          return length;
        },
        get byteLength() {
          return length * Elements.BYTES_PER_ELEMENT;
        },
        append(value) {
          const element = encode(value);
          if (element === undefined) throw new ColumnFault(path, `needs ${expected}, not ${shown(value)}`);
          if (length === values.length) values = withRoom(Elements, values, length + 1);
          values[length] = element;
          length += 1;
        },
        truncate(to) {
          length = to;
        },
        finish: (validity = allValid) =>
          makeData({ type, length, ...validity, data: values.subarray(0, length) } as never),
      };
    },
    reader(data: Data, path) {
      const values: unknown = data.values;
      if (data.length > 0 && (!(values instanceof Elements) || values.length < data.length)) {
        throw new ColumnFault(path, `has fewer values than its ${data.length} rows`);
      }
      return (row) => {
        const value = decode((values as A)[row] as A[number]);
        if (value === undefined) throw new ColumnFault(path, `has something else than ${expected} in row ${row}`);
        return value;
      };
    },
    isSound(data) {
      const values = data.values as A;
      for (let row = 0; row < data.length; row += 1) if (decode(values[row] as A[number]) === undefined) return false;
      return true;
    },
  };
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

/** NaN and infinities are refused on both ways: no table of diglot holds one. */
export const float64 = fixedWidth(new Float64(), Float64Array, 0, 'a finite number', finite, finite);

export const float32 = fixedWidth(new Float32(), Float32Array, 0, 'a finite number', finite, finite);

export const int32 = fixedWidth(
  new Int32(),
  Int32Array,
  0,
  'a whole number of 32 bits',
  (value: number) => ((value | 0) === value ? value : undefined),
  (element) => element,
);

/** Counts and sizes: 64 bits in the file, a number in JavaScript, exact up to 2^53. */
export const count64 = fixedWidth<number, BigInt64Array>(
  new Int64(),
  BigInt64Array,
  0,
  'a whole number below 2^53',
  (value) => (Number.isSafeInteger(value) ? BigInt(value) : undefined),
  (element) => (Number.isSafeInteger(Number(element)) ? Number(element) : undefined),
);

export const int64 = fixedWidth<bigint, BigInt64Array>(
  new Int64(),
  BigInt64Array,
  0n,
  'a bigint of 64 bits',
  (value) => (typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value : undefined),
  (element) => element,
);
