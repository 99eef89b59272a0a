/**
 * A table for a record kind that diglot does not know, because a plugin brought it. Its columns follow from the fields
 * of the first record that is written, and keep their names:
 *
 * | field of the first record | column |
 * | --- | --- |
 * | text, boolean, number, bigint | Utf8, Bool, Float64, Int64 |
 * | typed array | list of its numbers |
 * | array with texts only, or numbers only | list of Utf8, or of Float64 |
 * | plain object | struct of its fields, by these rules |
 * | anything else: null, an empty or mixed array, an array of objects | Utf8 with the value as JSON |
 *
 * Every column may hold null, which is also what a field left out becomes. A later record with a value of another type,
 * or with a field that the first did not have, is refused as `unwritable`; so a plugin gives all fields in every record.
 */
import { DataType, type Field } from 'apache-arrow';
import type { RecordBase } from '../records.ts';
import { bool } from './columns/bool.ts';
import { type Column, ColumnFault, isPlainObject, typeName } from './columns/column.ts';
import { ENCODING, json } from './columns/json.ts';
import { list } from './columns/list.ts';
import { nullable } from './columns/nullable.ts';
import { float64, int64 } from './columns/numbers.ts';
import * as arrays from './columns/numeric-array.ts';
import { type Fields, struct, type StructColumn } from './columns/struct.ts';
import { utf8 } from './columns/utf8.ts';
import type { RecordTable } from './record-table.ts';

/** The table that fits this record and those like it. */
export function inferTable(record: RecordBase): RecordTable {
  const { kind, ...fields } = record;
  return tableWithNames(kind, struct(inferFields(fields)));
}

/**
 * The same table, from the schema of a file that it wrote.
 * @throws ColumnFault for an Arrow type that `inferTable` never makes.
 */
export function tableOfSchema(kind: string, fields: readonly Field[]): RecordTable {
  return tableWithNames(kind, struct(fieldsOfSchema(fields)));
}

function tableWithNames(kind: string, row: StructColumn<unknown>): RecordTable {
  const toRow = ({ kind: _, ...fields }: RecordBase): unknown => {
    const extra = Object.keys(fields).find((name) => !(name in row.fields));
    if (extra !== undefined) throw new ColumnFault(extra, 'is not among the fields of the first record of the table');
    return fields;
  };
  return { kind, row, toRow, fromRow: (fields) => ({ ...(fields as Omit<RecordBase, 'kind'>), kind }) };
}

function inferFields(value: object): Fields {
  const named = Object.entries(value).map(([name, field]) => [name, nullable(inferColumn(field))] as const);
  return Object.fromEntries(named);
}

const typedArrays: readonly (readonly [abstract new (...given: never[]) => unknown, Column<unknown>])[] = [
  [Float32Array, arrays.float32Array],
  [Float64Array, arrays.float64Array],
  [Int8Array, arrays.int8Array],
  [Int16Array, arrays.int16Array],
  [Int32Array, arrays.int32Array],
  [Uint8Array, arrays.uint8Array],
  [Uint16Array, arrays.uint16Array],
  [Uint32Array, arrays.uint32Array],
];

/** Its type is a Float64Array's, so its metadata says that it is a plain array. */
const numberList = { ...list(float64), metadata: new Map([[ENCODING, 'numbers']]) } as Column<unknown>;

function inferColumn(value: unknown): Column<unknown> {
  if (typeof value === 'string') return utf8;
  if (typeof value === 'boolean') return bool;
  if (typeof value === 'number') return float64;
  if (typeof value === 'bigint') return int64;
  if (ArrayBuffer.isView(value)) return typedArrays.find(([Elements]) => value instanceof Elements)?.[1] ?? json;
  if (Array.isArray(value) && value.length > 0) {
    if (value.every((item) => typeof item === 'string')) return list(utf8);
    if (value.every((item) => typeof item === 'number')) return numberList;
  }
  if (isPlainObject(value) && Object.keys(value).length > 0) return struct(inferFields(value)) as Column<unknown>;
  return json;
}

function fieldsOfSchema(fields: readonly Field[]): Fields {
  return Object.fromEntries(fields.map((field) => [field.name, nullable(columnOfField(field))] as const));
}

function columnOfField(field: Field): Column<unknown> {
  const type = field.type as DataType;
  if (field.name === '__proto__') throw new ColumnFault(field.name, 'has a name that is not one of a field');
  const encoding = field.metadata.get(ENCODING);
  if (DataType.isUtf8(type)) return encoding === 'json' ? json : utf8;
  if (DataType.isStruct(type)) return struct(fieldsOfSchema(type.children)) as Column<unknown>;
  if (DataType.isList(type) && DataType.isUtf8(type.children[0]?.type)) return list(utf8);
  if (encoding === 'numbers') return numberList;
  const simple = [bool, float64, int64, ...typedArrays.map(([, column]) => column)] as Column<unknown>[];
  const column = simple.find((each) => typeName(each.type) === typeName(type));
  if (column === undefined) throw new ColumnFault(field.name, `holds ${typeName(type)}, which diglot does not write`);
  return column;
}
