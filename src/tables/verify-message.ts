/**
 * Checks the metadata of an Arrow IPC message before it is decoded. The flatbuffers library for JavaScript has no
 * verifier and reads what stands behind a wrong offset: one changed byte can make it loop two thousand million times.
 * As in the C++ verifier, every table, vector and string must lie within the buffer, and tables must point forwards.
 *
 * Layouts are those of format/Message.fbs and format/Schema.fbs of Apache Arrow, by the order of their fields.
 */

/** A scalar of so many bytes, text, a table, a vector of tables or of fixed-size items, or a choice of tables. */
type FieldLayout =
  | { readonly bytes: number }
  | { readonly text: true }
  | { readonly table: () => TableLayout }
  | { readonly tables: () => TableLayout }
  | { readonly items: number }
  /** By the number in the field before it; a number that is not listed is refused. */
  | { readonly choice: Readonly<Record<number, TableLayout | (() => TableLayout)>>; readonly of: string };

type TableLayout = readonly FieldLayout[];

const text = { text: true } as const;
const byte = { bytes: 1 };
const short = { bytes: 2 };
const int = { bytes: 4 };
const long = { bytes: 8 };

const keyValue = (): TableLayout => [text, text];

/** What each type says of itself, by its number in the union `Type`; most say nothing. */
const intType: TableLayout = [int, byte];
const types: Readonly<Record<number, TableLayout>> = {
  ...Object.fromEntries(Array.from({ length: 26 }, (_, index) => [index + 1, []])),
  2: intType,
  3: [short],
  7: [int, int, int],
  8: [short],
  9: [short, int],
  10: [short, text],
  11: [short],
  14: [short, { items: 4 }],
  15: [int],
  16: [int],
  17: [byte],
  18: [short],
};

/** id, type of the indices, order, kind. */
const dictionary = (): TableLayout => [long, { table: () => intType }, byte, short];

/** name, nullable, type (two fields), dictionary, children, metadata. */
const field = (): TableLayout => [
  text,
  byte,
  byte,
  { choice: types, of: 'a column of unknown type' },
  { table: dictionary },
  { tables: field },
  { tables: keyValue },
];

/** endianness, fields, metadata, features. */
const schema: TableLayout = [short, { tables: field }, { tables: keyValue }, { items: 8 }];

/** length, nodes, buffers, compression, counts of view buffers. */
const recordBatch = (): TableLayout => [
  long,
  { items: 16 },
  { items: 16 },
  { table: () => [byte, byte] },
  { items: 8 },
];

/** id, values, whether they are added to those before. */
const dictionaryBatch: TableLayout = [long, { table: recordBatch }, byte];

/** version, header (two fields), length of the body, metadata. */
const message: TableLayout = [
  short,
  byte,
  { choice: { 1: schema, 2: dictionaryBatch, 3: recordBatch }, of: 'a message that is neither a schema nor a batch' },
  long,
  { tables: keyValue },
];

/** What is wrong with a file, in words that go on after "it". */
export class MessageFault extends Error {
  override readonly name = 'MessageFault';
}

/** @throws MessageFault when decoding the bytes would read outside them, or would not end. */
export function verifyMessage(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Tables may share their parts; without a bound a small message could ask for endless reading.
  let bytesLeft = bytes.byteLength;

  const spend = (amount: number): void => {
    bytesLeft -= amount;
    if (bytesLeft < 0) throw new MessageFault('has metadata that refers to the same parts over and over');
  };
  const within = (at: number, size: number): void => {
    if (at < 0 || at + size > view.byteLength) throw new MessageFault('has metadata that points outside itself');
  };
  const follow = (at: number): number => {
    within(at, 4);
    const target = at + view.getUint32(at, true);
    if (target <= at) throw new MessageFault('has metadata that points at itself');
    within(target, 4);
    return target;
  };
  const vector = (at: number, itemBytes: number): { start: number; count: number } => {
    const target = follow(at);
    const count = view.getUint32(target, true);
    within(target + 4, count * itemBytes);
    spend(count * itemBytes);
    return { start: target + 4, count };
  };

  const verifyTable = (at: number, layout: TableLayout): void => {
    within(at, 4);
    spend(4);
    const table = at - view.getInt32(at, true);
    within(table, 4);
    const tableBytes = view.getUint16(table, true);
    const objectBytes = view.getUint16(table + 2, true);
    within(table, Math.max(tableBytes, 4));
    within(at, Math.max(objectBytes, 4));
    const offsetOf = (index: number): number => {
      const slot = 4 + 2 * index;
      return slot + 2 > tableBytes ? 0 : view.getUint16(table + slot, true);
    };
    let before = 0;
    for (const [index, each] of layout.entries()) {
      const offset = offsetOf(index);
      if (offset !== 0) {
        const size = 'bytes' in each ? each.bytes : 4;
        if (offset + size > objectBytes) throw new MessageFault('has metadata whose fields do not fit their table');
        verifyField(at + offset, each, before);
      }
      before = 'bytes' in each && each.bytes === 1 && offset !== 0 ? view.getUint8(at + offset) : 0;
    }
  };

  const verifyField = (at: number, layout: FieldLayout, before: number): void => {
    if ('text' in layout) vector(at, 1);
    else if ('items' in layout) vector(at, layout.items);
    else if ('table' in layout) verifyTable(follow(at), layout.table());
    else if ('choice' in layout) {
      const chosen = layout.choice[before];
      if (chosen === undefined) throw new MessageFault(`has ${layout.of}`);
      verifyTable(follow(at), typeof chosen === 'function' ? chosen() : chosen);
    } else if ('tables' in layout) {
      const { start, count } = vector(at, 4);
      for (let item = 0; item < count; item += 1) verifyTable(follow(start + 4 * item), layout.tables());
    }
  };

  verifyTable(follow(0), message);
}
