/**
 * A single file whose run was stopped (Ctrl-C, SIGTERM) holds the rows up to there, and is sound. That it is not all shows a
 * file beside it, so that nobody takes it for whole who looks for what is still to be made.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { openPendingFile } from './pending-file.ts';

const markOf = (path: string): string => `${path}.unfinished`;

/** @throws UsageError, StorageError as a pending file does. */
export async function markUnfinished(path: string): Promise<void> {
  const file = await openPendingFile(markOf(path));
  try {
    await file.write(Buffer.from(`The run that wrote ${path} was stopped before its end; run it again.\n`));
    await file.commit();
  } finally {
    await file.discard();
  }
}

export async function unmarkUnfinished(path: string): Promise<void> {
  await rm(markOf(path), { force: true });
}

/** Whether the file of a run that came to its end is there. */
export function isFinished(path: string): boolean {
  return existsSync(path) && !existsSync(markOf(path));
}
