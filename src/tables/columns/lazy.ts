/** A column whose values are read from their batch when they are asked for, and not before. */
import type { Column } from './column.ts';

/** Reads once; asked again, it gives the same value. */
export type Lazy<T> = () => T;

/**
 * For what is large and seldom looked at: the scores of every token, where lists are ranked. A value keeps its batch in
 * memory. A column that may hold a fault is read at once, so that the fault is told with its file and row.
 */
export function lazy<T>(column: Column<T>): Column<Lazy<T>> {
  const { type, nullable } = column;
  return {
    type,
    nullable,
    blank: () => column.blank,
    builder(path) {
      const values = column.builder(path);
      return {
        get length() {
          return values.length;
        },
        get byteLength() {
          return values.byteLength;
        },
        append: (value) => values.append(value()),
        truncate: (to) => values.truncate(to),
        finish: (validity) => values.finish(validity),
      };
    },
    reader(data, path) {
      const read = column.reader(data, path);
      if (column.isSound?.(data) === true) {
        return (row) => {
          let known: { readonly value: T } | undefined;
          return () => (known ??= { value: read(row) }).value;
        };
      }
      return (row) => {
        const value = read(row);
        return () => value;
      };
    },
  };
}
