/** Columns of lists of any other column. */
import { type Data, Field, List, makeData } from 'apache-arrow';
import { allValid, checkedOffsets, type Column, ColumnFault, readerOf, shown } from './column.ts';
import { withRoom } from './room.ts';

export function list<T>(item: Column<T>): Column<readonly T[]> {
  const type = new List(new Field('item', item.type, item.nullable));
  return {
    type,
    nullable: false,
    blank: [],
    builder(path) {
      const items = item.builder(path);
      let offsets = new Int32Array(1);
      let length = 0;
      return {
        get length() {
          return length;
        },
        get byteLength() {
          return items.byteLength + length * 4;
        },
        append(value) {
          if (!Array.isArray(value)) throw new ColumnFault(path, `needs a list, not ${shown(value)}`);
          for (let at = 0; at < value.length; at += 1) items.append(value[at] as T);
          offsets = withRoom(Int32Array, offsets, length + 2);
          length += 1;
          offsets[length] = items.length;
        },
        truncate(to) {
          length = to;
          items.truncate(offsets[to] ?? 0);
        },
        finish: (validity = allValid) =>
          makeData({ type, length, ...validity, valueOffsets: offsets.subarray(0, length + 1), child: items.finish() }),
      };
    },
    reader(data, path) {
      const [child] = data.children;
      if (child === undefined) throw new ColumnFault(path, 'has no items');
      const read = readerOf(item, child, path);
      const offsets = checkedOffsets(data, path, child.length);
      return (row) => {
        let at = offsets[row] ?? 0;
        const end = offsets[row + 1] ?? 0;
        // Most lists are short, and one that grows by `push` has room for 17 from the first item on.
        if (end - at === 2) return [read(at), read(at + 1)];
        if (end - at === 3) return [read(at), read(at + 1), read(at + 2)];
        const items: T[] = end - at === 1 ? [read(at++)] : [];
        while (at < end) items.push(read(at++));
        return items;
      };
    },
    isSound: ({ children }) => item.isSound?.(children[0] as Data) === true,
  };
}
