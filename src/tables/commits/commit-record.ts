/**
 * What one entry of a table's commit log says: which part it publishes, and what is in it. A part that no record names is
 * not part of the table.
 */
import { z } from 'zod';
import type { AnyRecord } from '../../records.ts';

/** Folder of the log in a table's folder, and of the table of what failed. */
export const COMMITS = 'commits';
export const ERRORS = 'errors';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** Names in the folder, never ways out of it. */
const fileName = z.string().regex(/^[^/\\]+$/);

export const commitRecordSchema = z.strictObject({
  format: z.literal('diglot-commit-1'),
  /** Kind of the rows. */
  kind: z.string().min(1),
  /** File of the part, and the name that it has for the moment between its record and its own appearance. */
  part: fileName,
  pending: fileName,
  sha256: hash,
  bytes: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  /** sha256 of the schema's message: columns, and how the rows came to be. */
  schema: hash,
  /** Key of each row, in the order of the rows (`rowKey`). */
  ids: z.array(z.string()),
  /** Ids of the source records that the rows are made of, each once, where they are not the keys. */
  sources: z.array(z.string()).optional(),
  /** Errors only: these rows take the place of earlier ones with their keys (`diglot retry`). */
  replaces: z.boolean().optional(),
});

/** One entry of a commit log. */
export type CommitRecord = z.infer<typeof commitRecordSchema>;

/**
 * What no two rows of a table have in common: the record's id; for an error, of which a record may have one at several
 * nodes, node and id.
 */
export function rowKey(record: AnyRecord): string {
  return record.kind === 'error' ? `${record.node}:${record.id}` : record.id;
}

/** Id of the record that a source gave and that this one was made of: a recording, where it was cut into pieces. */
export function sourceId(record: AnyRecord): string {
  if (record.kind === 'error') return record.source;
  return 'origin' in record ? (record.origin.piece?.recording ?? record.id) : record.id;
}

/** Whether more rows of the same source record may follow: pieces come in order, and say how many they are. */
export function isLastOfSource(record: AnyRecord): boolean {
  const piece = 'origin' in record ? record.origin.piece : null;
  return piece === null || piece.index === piece.count - 1;
}
