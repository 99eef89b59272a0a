/**
 * The log of a table: `commits/000000.json`, `commits/000001.json`, … without a gap. A writer that has read the log up to
 * its end may publish the next entry; where another was quicker it reads that one first. So whoever commits knows all
 * that was committed before, and no row is there twice, whatever number of writers there are and however they share the
 * work. Nothing is locked, and no writer waits for one that has died.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../errors.ts';
import { fileFault } from '../file-fault.ts';
import { type CommitRecord, COMMITS, commitRecordSchema } from './commit-record.ts';
import { publish } from './publish.ts';

/** Records that are read at once. */
const READ_AHEAD = 32;

/** Milliseconds between looks for an entry that is there and that a network disk does not show yet. */
const GLANCES = [10, 100, 1000, 5000, 30_000, 60_000];

export interface CommitLog {
  /** Entries that were read, which are those that were published by now. */
  readonly length: number;
  /** Reads what was published since the last look. @throws UsageError `commit-log` as `readLog` does. */
  refresh(): Promise<readonly CommitRecord[]>;
  /** Publishes the next entry. @returns False where another writer was quicker: `refresh`, look, and try again. */
  publish(record: CommitRecord): Promise<boolean>;
}

/** Opens the log of the table in a folder; there may be none yet. */
export function openLog(folder: string): CommitLog {
  let length = 0;
  let isBehind = false;
  return {
    get length() {
      return length;
    },
    async refresh() {
      const records = await entriesFrom(folder, length);
      for (const wait of isBehind ? GLANCES : []) {
        if (records.length > 0) break;
        await sleep(wait);
        records.push(...(await entriesFrom(folder, length)));
      }
      isBehind = false;
      length += records.length;
      return records;
    },
    async publish(record) {
      const isOurs = await publish(entryPath(folder, length), `${JSON.stringify(record)}\n`);
      if (isOurs) length += 1;
      isBehind = !isOurs;
      return isOurs;
    },
  };
}

/**
 * All entries of a table's log.
 * @throws UsageError `commit-log` where one is missing, cannot be read, or is not a commit record.
 */
export async function readLog(folder: string): Promise<readonly CommitRecord[]> {
  const names = (await readdir(join(folder, COMMITS)).catch(() => [])).filter((name) => /^\d{6,}\.json$/.test(name));
  const records = await entriesFrom(folder, 0);
  if (records.length >= names.length) return records;
  const message = `${entryPath(folder, records.length)} is missing, and later entries are there; take the folder from a copy.`;
  throw new UsageError('commit-log', message);
}

export function entryPath(folder: string, index: number): string {
  return join(folder, COMMITS, `${String(index).padStart(6, '0')}.json`);
}

/** The entries from one on, up to the first that is not there. */
async function entriesFrom(folder: string, first: number): Promise<CommitRecord[]> {
  const found: CommitRecord[] = [];
  // One alone first: most looks find nothing new.
  for (let ahead = 1; ; ahead = READ_AHEAD) {
    const paths = Array.from({ length: ahead }, (_, at) => entryPath(folder, first + found.length + at));
    for (const record of await Promise.all(paths.map(readEntry))) {
      if (record === null) return found;
      found.push(record);
    }
  }
}

async function readEntry(path: string): Promise<CommitRecord | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UsageError('commit-log', fileFault('cannot read', path, error), { cause: error });
  }
  try {
    return commitRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = `${path} is not a commit record of this version of diglot, or is damaged; take the folder from a copy.`;
    throw new UsageError('commit-log', message, { cause: error });
  }
}
