/**
 * Which rows of two tables differ. Rows meet by id, whatever file or order they stand in; a row is the same when every
 * value in it is, to the last bit. Of each table only ids and hashes are in memory, and the rows that are shown.
 */
import { createHash } from 'node:crypto';
import type { AnyRecord } from '../records.ts';
import { arrowFiles } from './arrow-files.ts';
import { rowKey } from './commits/commit-record.ts';
import { readRecords } from './reader.ts';

export interface TableDiff {
  /** Rows of each table. */
  readonly rows: readonly [number, number];
  readonly same: number;
  /** Keys of rows that both have and that differ, and of rows that one has alone; sorted. */
  readonly changed: readonly string[];
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
}

/** @throws UsageError as `arrowFiles` and `readRecords` do. */
export async function diffTables(first: string, second: string): Promise<TableDiff> {
  const there = new Map<string, string>();
  for await (const [key, row] of keyedRows(second)) there.set(key, digest(row));
  const secondRows = there.size;
  const changed: string[] = [];
  const onlyFirst: string[] = [];
  let firstRows = 0;
  let same = 0;
  for await (const [key, row] of keyedRows(first)) {
    firstRows += 1;
    const other = there.get(key);
    if (other === undefined) onlyFirst.push(key);
    else if (other === digest(row)) same += 1;
    else changed.push(key);
    there.delete(key);
  }
  return {
    rows: [firstRows, secondRows],
    same,
    changed: changed.sort(),
    onlyFirst: onlyFirst.sort(),
    onlySecond: [...there.keys()].sort(),
  };
}

/** The rows with these keys. */
export async function rowsNamed(path: string, keys: ReadonlySet<string>): Promise<ReadonlyMap<string, AnyRecord>> {
  const found = new Map<string, AnyRecord>();
  if (keys.size === 0) return found;
  for await (const [key, row] of keyedRows(path)) if (keys.has(key)) found.set(key, row);
  return found;
}

/** Names of the fields in which two rows differ, those of objects with their way: `origin.duration`. */
export function differingFields(first: unknown, second: unknown, path = ''): string[] {
  if (isPlain(first) && isPlain(second)) {
    const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
    return names.flatMap((name) => differingFields(first[name], second[name], path === '' ? name : `${path}.${name}`));
  }
  return canonical(first) === canonical(second) ? [] : [path];
}

/** A second row of a key has its number behind it. */
async function* keyedRows(path: string): AsyncGenerator<readonly [string, AnyRecord]> {
  const times = new Map<string, number>();
  const seen = new Set<string>();
  for (const file of await arrowFiles(path)) {
    for await (const record of readRecords(file)) {
      const key = rowKey(record as AnyRecord);
      if (!seen.has(key)) {
        seen.add(key);
        yield [key, record as AnyRecord];
        continue;
      }
      const time = (times.get(key) ?? 1) + 1;
      times.set(key, time);
      yield [`${key} (${time})`, record as AnyRecord];
    }
  }
}

function digest(record: AnyRecord): string {
  return createHash('sha256').update(canonical(record)).digest('base64');
}

/** Text that is the same for the same values, and only for them. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'bigint') return `bigint ${each}`;
      if (typeof each === 'number' && (!Number.isFinite(each) || Object.is(each, -0)))
        return `number ${String(each)} ${1 / each}`;
      if (ArrayBuffer.isView(each)) return [each.constructor.name, ...(each as Float32Array)];
      return each;
    }) ?? 'nothing'
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
