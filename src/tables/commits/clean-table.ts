/** Clears away what killed writers left in a table's folder. Nothing that is committed is touched. */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { isAbandoned, syncFolder } from '../pending-file.ts';
import { committedParts, isTable } from './committed-parts.ts';
import { COMMITS, ERRORS } from './commit-record.ts';

export interface Cleaned {
  /** Files that were removed. */
  readonly removed: readonly string[];
  /** Bytes that they took. */
  readonly bytes: number;
  /** Committed parts whose writer had died before they got their name: they have it now. */
  readonly named: readonly string[];
  /** Temporary files that a writer may still be at work on. */
  readonly kept: readonly string[];
}

/**
 * Removes the temporary files of processes that are gone. Of another machine's processes nothing is known here, so their
 * files go when nobody has written to them for `idleSeconds`.
 * @throws UsageError `not-a-table` where the folder has no log; `commit-log`, `part-missing` where it is broken.
 */
export async function cleanTable(folder: string, idleSeconds: number): Promise<Cleaned> {
  if (!(await isTable(folder))) {
    throw new UsageError(
      'not-a-table',
      `${folder} is not a folder of committed parts; name one that write-arrow wrote.`,
    );
  }
  const named = await giveNames(folder);
  const removed: string[] = [];
  const kept: string[] = [];
  let bytes = 0;
  for (const place of [folder, join(folder, COMMITS)]) {
    for (const name of (await readdir(place)).filter((each) => /^\..*\.tmp$/.test(each))) {
      const path = join(place, name);
      const found = await stat(path).catch(() => null);
      if (found === null) continue;
      const isIdle = Date.now() - found.mtimeMs >= idleSeconds * 1000;
      if (!(isAbandoned(name) ?? isIdle)) {
        kept.push(path);
        continue;
      }
      await rm(path, { force: true });
      removed.push(path);
      bytes += found.size;
    }
  }
  const errors = join(folder, ERRORS);
  if (!(await isTable(errors))) return { removed, bytes, named, kept };
  const inner = await cleanTable(errors, idleSeconds);
  return {
    removed: [...removed, ...inner.removed],
    bytes: bytes + inner.bytes,
    named: [...named, ...inner.named],
    kept: [...kept, ...inner.kept],
  };
}

async function giveNames(folder: string): Promise<string[]> {
  const named: string[] = [];
  for (const { path, record } of await committedParts(folder)) {
    if (basename(path) === record.part) continue;
    await rename(path, join(folder, record.part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // its writer lives, and was quicker
    });
    named.push(join(folder, record.part));
  }
  if (named.length > 0) await syncFolder(folder);
  return named;
}
