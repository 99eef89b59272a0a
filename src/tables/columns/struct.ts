/** Columns of objects with named fields; a whole table is one of them. */
import { type Data, type DataType, Field, makeData, Struct } from 'apache-arrow';
import { allValid, type Column, ColumnFault, type ColumnReader, readerOf, shown } from './column.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a column both takes and gives its type, so unknown fits none
export type Fields = Readonly<Record<string, Column<any>>>;

/** The object that a row of these fields is. */
export type RowOf<F extends Fields> = { readonly [N in keyof F]: F[N] extends Column<infer T> ? T : never };

/** An object column that can tell its Arrow fields, as a schema wants them. */
export interface StructColumn<T> extends Column<T> {
  readonly fields: Fields;
  readonly arrowFields: readonly Field[];
}

/** How each field of a row is read. */
export type ReadersOf<F extends Fields> = { readonly [N in keyof F]: ColumnReader<RowOf<F>[N]> };

/**
 * @param inFile The name in the table of a field; as it is spelled in TypeScript unless given.
 * @param assemble Makes the object of a row as a literal, for rows that come by the million: a tenth of the time of the
 *   loop that fits any fields.
 */
export function struct<F extends Fields>(
  fields: F,
  inFile: (name: string) => string = (name) => name,
  assemble?: (read: ReadersOf<F>, row: number) => RowOf<F>,
): StructColumn<RowOf<F>> {
  const names = Object.keys(fields);
  const stored = names.map(inFile);
  const columns = Object.values(fields);
  const arrowFields = columns.map((each, index) => {
    const column = each as Column<unknown>;
    return new Field(stored[index] as string, column.type, column.nullable, new Map(column.metadata));
  });
  const blank = Object.fromEntries(names.map((name, index) => [name, columns[index]?.blank as unknown])) as RowOf<F>;
  const type = new Struct<Record<string, DataType>>(arrowFields);
  return {
    type,
    fields,
    arrowFields,
    nullable: false,
    blank,
    builder(path) {
      const builders = columns.map((column, index) => column.builder(joined(path, stored[index])));
      let length = 0;
      return {
        get length() {
          return length;
        },
        get byteLength() {
          let bytes = 0;
          for (let at = 0; at < builders.length; at += 1) bytes += builders[at]!.byteLength;
          return bytes;
        },
        append(value) {
          if (typeof value !== 'object' || value === null)
            throw new ColumnFault(path, `needs an object, not ${shown(value)}`);
          const values = value as Readonly<Record<string, unknown>>;
          for (let at = 0; at < builders.length; at += 1) builders[at]!.append(values[names[at]!]);
          length += 1;
        },
        truncate(to) {
          length = to;
          for (const builder of builders) builder.truncate(to);
        },
        finish: (validity = allValid) =>
          makeData({ type, length, ...validity, children: builders.map((builder) => builder.finish()) }),
      };
    },
    reader(data, path) {
      const readers = stored.map((name, index) => {
        const child = childOf(data, name);
        const within = joined(path, name);
        const column = columns[index] as Column<unknown>;
        if (child === undefined) {
          if (column.absent === undefined) throw new ColumnFault(within, 'is missing');
          return () => column.absent;
        }
        if (child.length < data.length) throw new ColumnFault(within, `has ${child.length} rows of ${data.length}`);
        return readerOf(column, child, within);
      });
      if (assemble !== undefined) {
        const read = Object.fromEntries(names.map((name, at) => [name, readers[at]])) as ReadersOf<F>;
        return (row) => assemble(read, row);
      }
      return (row) => {
        // A copy of an object that has all fields: made field by field it would be slow to make, and to use.
        const value: Record<string, unknown> = { ...blank };
        for (let at = 0; at < readers.length; at += 1) value[names[at]!] = readers[at]!(row);
        return value as RowOf<F>;
      };
    },
    isSound: (data) =>
      stored.every((name, index) => {
        const child = childOf(data, name);
        return child === undefined || columns[index]!.isSound?.(child) === true;
      }),
  };
}

function childOf(data: Data, name: string): Data | undefined {
  return data.children[data.type.children.findIndex((field: Field) => field.name === name)];
}

/** `averageLogProbability` in TypeScript is `average_log_probability` in a table. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function joined(path: string, name = ''): string {
  return path === '' ? name : `${path}.${name}`;
}
