/** Columns of typed arrays: Arrow lists of numbers, copied as blocks. A matrix says its sizes in columns beside it. */
import {
  type DataType,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int8,
  List,
  makeData,
  Uint16,
  Uint32,
  Uint8,
} from 'apache-arrow';
import { allValid, checkedOffsets, type Column, ColumnFault, shown, typeName } from './column.ts';
import { firstNotFinite } from './finite.ts';
import { type ArrayConstructor, type NumericArray, withRoom } from './room.ts';

/** @param isShared Whether what is read lies in the memory of its batch, or in memory of its own. */
function numericArray<A extends NumericArray>(
  element: DataType,
  Elements: ArrayConstructor<A>,
  isShared = false,
): Column<A> {
  const type = new List(new Field('item', element, false));
  return {
    type,
    nullable: false,
    blank: new Elements(0),
    builder(path) {
      let values = new Elements(0);
      let offsets = new Int32Array(1);
      let length = 0;
      let end = 0;
      return {
        get length() {
          return length;
        },
        get byteLength() {
          return end * Elements.BYTES_PER_ELEMENT + length * 4;
        },
        append(value) {
          if (!(value instanceof Elements))
            throw new ColumnFault(path, `needs a ${Elements.name}, not ${shown(value)}`);
          const broken = firstBroken(value);
          if (broken >= 0)
            throw new ColumnFault(path, `needs finite numbers, and element ${broken} is ${value[broken]}`);
          values = withRoom(Elements, values, end + value.length);
          values.set(value, end);
          offsets = withRoom(Int32Array, offsets, length + 2);
          end += value.length;
          length += 1;
          offsets[length] = end;
        },
        truncate(to) {
          length = to;
          end = offsets[to] ?? 0;
        },
        finish(validity = allValid) {
          const child = makeData({ type: element, length: end, nullCount: 0, data: values.subarray(0, end) } as never);
          return makeData({ type, length, ...validity, valueOffsets: offsets.subarray(0, length + 1), child });
        },
      };
    },
    reader(data, path) {
      const [child] = data.children;
      const values: unknown = child?.values;
      const stored = values instanceof Elements ? values : new Elements(0);
      const offsets = checkedOffsets(data, path, Math.min(stored.length, child?.length ?? 0));
      if (child !== undefined && child.nullCount > 0) throw new ColumnFault(path, 'has nulls among its numbers');
      if (child !== undefined && !(values instanceof Elements))
        throw new ColumnFault(path, `holds ${typeName(data.type)}, not ${typeName(type)}`);
      const { buffer, byteOffset } = stored;
      const none = new Elements(0);
      // Half as dear as `subarray`.
      const within = (row: number): A => {
        const begin = offsets[row] ?? 0;
        const size = (offsets[row + 1] ?? 0) - begin;
        return size === 0 ? none : new Elements(buffer, byteOffset + begin * Elements.BYTES_PER_ELEMENT, size);
      };
      const read = isShared ? within : (row: number): A => stored.slice(offsets[row], offsets[row + 1]) as A;
      // Asked once for all rows; where one is broken, each tells for itself.
      if (firstBroken(stored.subarray(offsets[0], offsets[data.length])) < 0) return read;
      return (row) => {
        const array = within(row);
        const broken = firstBroken(array);
        if (broken >= 0) throw new ColumnFault(path, `has ${array[broken]} at element ${broken} of row ${row}`);
        return read(row);
      };
    },
  };
}

/** Index of the first element that is no finite number, or -1. Integers have none. */
function firstBroken(array: NumericArray): number {
  return array instanceof Float32Array || array instanceof Float64Array ? firstNotFinite(array) : -1;
}

export const float32Array: Column<Float32Array> = numericArray(new Float32(), Float32Array);
export const float64Array: Column<Float64Array> = numericArray(new Float64(), Float64Array);
export const int8Array: Column<Int8Array> = numericArray(new Int8(), Int8Array);
export const int16Array: Column<Int16Array> = numericArray(new Int16(), Int16Array);
export const int32Array: Column<Int32Array> = numericArray(new Int32(), Int32Array);
export const uint8Array: Column<Uint8Array> = numericArray(new Uint8(), Uint8Array);
export const uint16Array: Column<Uint16Array> = numericArray(new Uint16(), Uint16Array);
export const uint32Array: Column<Uint32Array> = numericArray(new Uint32(), Uint32Array);

/**
 * The same columns for many short arrays: what is read lies in the memory of its batch, which is quicker by far, and one
 * array that is kept keeps that batch (up to 8 MiB) in memory.
 */
export const float32Views: Column<Float32Array> = numericArray(new Float32(), Float32Array, true);
export const float64Views: Column<Float64Array> = numericArray(new Float64(), Float64Array, true);
export const int32Views: Column<Int32Array> = numericArray(new Int32(), Int32Array, true);
export const uint8Views: Column<Uint8Array> = numericArray(new Uint8(), Uint8Array, true);
