/** The parts of a table, by its log: what is not in the log is not in the table. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { readLog } from './commit-log.ts';
import { type CommitRecord, COMMITS } from './commit-record.ts';

export interface CommittedPart {
  readonly path: string;
  readonly record: CommitRecord;
}

/** Whether a folder holds a table with a commit log. */
export async function isTable(folder: string): Promise<boolean> {
  return (await stat(join(folder, COMMITS)).catch(() => null))?.isDirectory() ?? false;
}

/**
 * In the order in which they were committed.
 * @throws UsageError `commit-log` where the log is broken, `part-missing` where a part is not there.
 */
export async function committedParts(folder: string): Promise<readonly CommittedPart[]> {
  const parts: CommittedPart[] = [];
  for (const record of await readLog(folder)) parts.push({ path: await locatePart(folder, record), record });
  return parts;
}

/** A part whose writer died between its record and its name still has its temporary one. */
async function locatePart(folder: string, { part, pending }: CommitRecord): Promise<string> {
  // Twice: it may get its name between the looks.
  for (const name of [part, pending, part]) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
  }
  const message = `${join(folder, part)} is in the log and not in the folder; take it from a copy of the folder.`;
  throw new UsageError('part-missing', message);
}
