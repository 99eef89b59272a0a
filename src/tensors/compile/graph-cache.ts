/**
 * Compiled graphs kept on disk, so that a program which starts again need not read weights, record and optimise. An
 * entry is a folder named by the hash of all that decides over its content. It is written under another name and renamed
 * when it is whole, so processes that make the same entry at once do not meet: the first one's stays.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface GraphCache {
  readonly folder: string;
  /** Bytes that all entries together may have; what was not used for longest goes first. Default 2 GB. */
  readonly limit?: number;
  /** Is told when an entry cannot be kept; nothing else comes of that. */
  readonly note?: (message: string) => void;
}

export const defaultLimit = 2e9;

/** @param cacheFolder Where diglot keeps what it fetched; default ~/.cache/diglot. */
export function graphFolder(cacheFolder?: string | null): string {
  return join(cacheFolder ?? join(homedir(), '.cache', 'diglot'), 'graphs');
}

/** Written last into an entry: what it is, and the files that it consists of. */
const listName = 'entry.json';

interface FileList {
  readonly title: string;
  /** Bytes, and milliseconds since 1970 of the last change: who changes a file, or cuts it short, changes one of them. */
  readonly files: Readonly<Record<string, { readonly size: number; readonly changed: number }>>;
}

export interface CacheEntry {
  readonly key: string;
  readonly title: string;
  readonly bytes: number;
  readonly used: Date;
}

/** Name of an entry: what differs in any of these facts has another one. @param facts Written as JSON. */
export function keyOf(facts: object): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

/** The folder of a whole entry, which counts as used now; null when there is none. A damaged one is removed. */
export async function findEntry({ folder }: GraphCache, key: string): Promise<string | null> {
  const place = join(folder, key);
  const list = await readList(place);
  if (list === null) {
    await removeEntry(folder, key);
    return null;
  }
  const now = new Date();
  await utimes(join(place, listName), now, now).catch(() => undefined);
  return place;
}

/** Another process that uses the entry keeps what it opened; where files in use cannot be removed, they stay. */
export async function removeEntry(folder: string, key: string): Promise<void> {
  await rm(join(folder, key), { recursive: true, force: true }).catch(() => undefined);
}

/**
 * Makes an entry, unless another process was quicker, and removes the entries that are too much with it.
 *
 * @param title For people.
 * @param write Writes files into the folder that it is given.
 * @returns The folder of the entry; null when it cannot be written, of which `note` is told.
 */
export async function addEntry(
  cache: GraphCache,
  key: string,
  title: string,
  write: (folder: string) => Promise<void>,
): Promise<string | null> {
  const unfinished = join(cache.folder, `.${key}.${randomUUID()}`);
  try {
    await mkdir(unfinished, { recursive: true });
    await write(unfinished);
    const files: Record<string, FileList['files'][string]> = {};
    for (const name of await readdir(unfinished)) files[name] = await settled(join(unfinished, name));
    await writeFile(join(unfinished, listName), JSON.stringify({ title, files } satisfies FileList));
    await rename(unfinished, join(cache.folder, key)).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
    await keepLimit(cache, key);
    return await findEntry(cache, key);
  } catch (error) {
    cache.note?.(
      `${title} is not kept, and every start makes it anew: ${(error as Error).message}; "cacheFolder" names another folder.`,
    );
    return null;
  } finally {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whole entries, last used first. */
export async function listEntries(folder: string): Promise<CacheEntry[]> {
  const keys = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    keys.map(async (key): Promise<CacheEntry | null> => {
      const place = join(folder, key);
      const list = key.startsWith('.') ? null : await readList(place);
      const used = await stat(join(place, listName)).catch(() => null);
      if (list === null || used === null) return null;
      const bytes = Object.values(list.files).reduce((sum, { size }) => sum + size, 0);
      return { key, title: list.title, bytes, used: used.mtime };
    }),
  );
  return entries.filter((entry) => entry !== null).sort((a, b) => b.used.getTime() - a.used.getTime());
}

/** Removes every entry, also unfinished and damaged ones. */
export async function clearEntries(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** null when there is no entry, or not all of its files as they were written. */
async function readList(place: string): Promise<FileList | null> {
  try {
    const list = JSON.parse(await readFile(join(place, listName), 'utf8')) as FileList;
    for (const [name, { size, changed }] of Object.entries(list.files)) {
      const found = await stat(join(place, name));
      if (found.size !== size || Math.round(found.mtimeMs) !== changed) return null;
    }
    return list;
  } catch {
    return null;
  }
}

/** Brings a file to the disk before the entry gets its name: a machine that loses power leaves no half of it there. */
async function settled(path: string): Promise<FileList['files'][string]> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
    const { size, mtimeMs } = await file.stat();
    return { size, changed: Math.round(mtimeMs) };
  } finally {
    await file.close();
  }
}

/** Hours after which an unfinished entry is what a process left that was killed. */
const abandonedAfter = 1;

async function keepLimit({ folder, limit = defaultLimit }: GraphCache, newest: string): Promise<void> {
  let bytes = 0;
  for (const entry of await listEntries(folder)) {
    bytes += entry.bytes;
    if (bytes > limit && entry.key !== newest) await removeEntry(folder, entry.key);
  }
  for (const name of (await readdir(folder)).filter((name) => name.startsWith('.'))) {
    const left = await stat(join(folder, name)).catch(() => null);
    if (left !== null && Date.now() - left.mtimeMs > 3_600_000 * abandonedAfter) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}
