/** Columns of values of changing shape, kept as JSON text; the field's metadata says so to the reader. */
import { type Column, ColumnFault, isPlainObject, shown } from './column.ts';
import { utf8 } from './utf8.ts';

/** Metadata of a field whose Arrow type alone does not say how its values are to be read. */
export const ENCODING = 'diglot.encoding';

export const json: Column<unknown> = {
  ...utf8,
  metadata: new Map([[ENCODING, 'json']]),
  blank: null,
  builder(path) {
    const text = utf8.builder(path);
    return {
      get length() {
        return text.length;
      },
      get byteLength() {
        return text.byteLength;
      },
      append: (value) => text.append(asJson(value, path)),
      truncate: (to) => text.truncate(to),
      finish: (validity) => text.finish(validity),
    };
  },
  reader(data, path) {
    const text = utf8.reader(data, path);
    return (row) => {
      try {
        return JSON.parse(text(row)) as unknown;
      } catch {
        throw new ColumnFault(path, `is not JSON in row ${row}`);
      }
    };
  },
  isSound: () => false,
};

/** JSON.stringify drops functions, turns NaN into null and typed arrays into objects; here each of them is a fault. */
function asJson(value: unknown, path: string): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    const plain =
      each === null ||
      typeof each === 'string' ||
      typeof each === 'boolean' ||
      Number.isFinite(each) ||
      Array.isArray(each);
    if (plain || isPlainObject(each)) return each;
    throw new ColumnFault(path, `is kept as JSON, which cannot hold ${shown(each)}`);
  });
}
