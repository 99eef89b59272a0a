/** What failed in the runs that filled a table, and has not succeeded since. */
import { join } from 'node:path';
import type { ErrorRow } from '../../records.ts';
import { readRecords } from '../reader.ts';
import { committedParts, isTable } from './committed-parts.ts';
import { ERRORS, rowKey } from './commit-record.ts';

/**
 * The last error of each record and node, as long as the table has no row of the record.
 * @throws UsageError as `committedParts` and `readRecords` do.
 */
export async function openErrors(folder: string): Promise<readonly ErrorRow[]> {
  const errors = new Map<string, ErrorRow>();
  if (!(await isTable(join(folder, ERRORS)))) return [];
  for (const { path } of await committedParts(join(folder, ERRORS))) {
    for await (const row of readRecords(path)) errors.set(rowKey(row as ErrorRow), row as ErrorRow);
  }
  if (errors.size === 0 || !(await isTable(folder))) return [...errors.values()];
  const rows = new Set<string>();
  const sources = new Set<string>();
  for (const { record } of await committedParts(folder)) {
    for (const id of record.ids) rows.add(id);
    for (const id of record.sources ?? []) sources.add(id);
  }
  // A recording that failed as a whole is mended by any row of it, one of its pieces by its own.
  const isMended = ({ id, source }: ErrorRow): boolean => rows.has(id) || (id === source && sources.has(source));
  return [...errors.values()].filter((row) => !isMended(row));
}
