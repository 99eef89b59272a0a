/**
 * Adds rows to a table in a folder, part by part. A part is written under a temporary name and flushed; then its record
 * is published in the log, and then the part gets its name. So files that end in `.arrow` are committed, all of them, and
 * a row is committed once, whoever else writes to the folder at the same time (`commit-log.ts`).
 *
 * A part ends between source records: the pieces of a recording are in one part.
 */
import { randomBytes } from 'node:crypto';
import { rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RecordError, UsageError } from '../../errors.ts';
import type { AnyRecord, Part } from '../../records.ts';
import { storageFault } from '../file-fault.ts';
import { openPart, type PartWriter } from '../part-writer.ts';
import { syncFolder } from '../pending-file.ts';
import { readRecords } from '../reader.ts';
import type { RecordTable } from '../record-table.ts';
import { openLog } from './commit-log.ts';
import { type CommitRecord, isLastOfSource, rowKey, sourceId } from './commit-record.ts';

/** When a part is full: at the first of these. */
export interface PartLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface TableWriterOptions {
  readonly provenance: ReadonlyMap<string, string>;
  readonly rowsPerBatch: number;
  readonly limits: PartLimits;
  /** Rows take the place of committed ones with their keys. */
  readonly replaces: boolean;
  /** Seconds. */
  readonly now: () => number;
}

export interface TableWriter {
  /** Whether the table has rows of a source record, as far as this writer has looked into the log. */
  hasSource(id: string): boolean;
  /** Rows in the table. */
  readonly committedRows: number;
  /** Rows that came and were not added, because the table had them. */
  readonly leftOut: number;
  /**
   * Takes a record. @returns A promise where the disk has to be waited for, with the parts that were committed.
   * @throws RecordError `unwritable` when it does not fit the table; StorageError when the disk does not take it.
   */
  append(record: AnyRecord, table: RecordTable): Promise<readonly Part[]> | undefined;
  /** Commits what is there. @param empty A table for a part without rows, where the folder has no part at all. */
  flush(empty: RecordTable | null): Promise<readonly Part[]>;
  /** For a run that ends before its time: commits the rows of whole source records; gives up where the disk does. */
  close(): Promise<readonly Part[]>;
}

/** A part that is being written, and what is in it. */
interface OpenPart {
  writer: PartWriter;
  readonly table: RecordTable;
  keys: string[];
  /** Of each row. */
  sources: string[];
  readonly since: number;
  lastIsWhole: boolean;
}

/**
 * Reads the log of the table in a folder.
 * @throws UsageError `commit-log` when it cannot be read, `output-file` when the place cannot be written to.
 */
export async function openTableWriter(folder: string, options: TableWriterOptions): Promise<TableWriter> {
  const { limits, replaces, rowsPerBatch, provenance, now } = options;
  const log = openLog(folder);
  const keys = new Set<string>();
  const sources = new Set<string>();
  let committedRows = 0;
  let leftOut = 0;
  let part: OpenPart | null = null;
  let isBroken = false;

  const take = (record: CommitRecord): void => {
    for (const key of record.ids) keys.add(key);
    for (const source of record.sources ?? []) sources.add(source);
    committedRows += record.rows;
  };
  const refresh = async (): Promise<void> => {
    for (const record of await log.refresh()) take(record);
  };
  await refresh();

  async function newWriter(table: RecordTable): Promise<PartWriter> {
    const name = `part-${String(log.length).padStart(6, '0')}-${randomBytes(4).toString('hex')}.arrow`;
    return openPart(join(folder, name), table, provenance, rowsPerBatch);
  }

  async function openAndAppend(record: AnyRecord, table: RecordTable): Promise<readonly Part[]> {
    const closed = await commit();
    const writer = await newWriter(table).catch(async (error: unknown) => {
      // The folder could be written to when the run began.
      if (error instanceof UsageError && error.cause !== undefined) throw await storageFault(folder, error.cause);
      throw error;
    });
    part = { writer, table, keys: [], sources: [], since: now(), lastIsWhole: true };
    return [...closed, ...((await append(record, table)) ?? [])];
  }

  function append(record: AnyRecord, table: RecordTable): Promise<readonly Part[]> | undefined {
    const key = rowKey(record);
    if (keys.has(key) && !replaces) {
      leftOut += 1;
      return undefined;
    }
    const source = sourceId(record);
    if (part === null || (isFull(part) && part.sources.at(-1) !== source)) return openAndAppend(record, table);
    const flushed = part.writer.append(record);
    part.keys.push(key);
    part.sources.push(source);
    part.lastIsWhole = isLastOfSource(record);
    if (isFull(part) && part.lastIsWhole) return Promise.resolve(flushed).then(commit);
    return flushed?.then(() => []);
  }

  function isFull({ writer, since }: OpenPart): boolean {
    return writer.rows >= limits.rows || writer.bytes >= limits.bytes || now() - since >= limits.seconds;
  }

  /** Publishes the open part without the rows that others have committed meanwhile. */
  async function commit(): Promise<readonly Part[]> {
    const open = part;
    part = null;
    if (open === null) return [];
    let record: CommitRecord | null;
    try {
      record = await publishRest(open);
    } catch (error) {
      if (!(await isNamed(open))) await open.writer.discard();
      throw error;
    }
    if (record !== null) return [await unveil(open.writer, record)];
    await open.writer.discard();
    return [];
  }

  /** @returns null where nothing is left to publish. */
  async function publishRest(open: OpenPart): Promise<CommitRecord | null> {
    while (true) {
      const sha256 = await open.writer.seal();
      await refresh();
      const isTaken = (row: number) => !replaces && keys.has(open.keys[row] as string);
      if (open.keys.some((_, row) => isTaken(row))) {
        leftOut += await rewrite(open, isTaken);
        continue;
      }
      if (open.keys.length === 0 && log.length > 0) return null;
      const record = recordOf(open, sha256, replaces);
      if (!(await log.publish(record))) continue;
      take(record);
      return record;
    }
  }

  /** Whether the log has the part, or may have it: its bytes must stay then. */
  async function isNamed({ writer }: OpenPart): Promise<boolean> {
    try {
      return (await log.refresh()).some((record) => record.part === basename(writer.path));
    } catch {
      return true;
    }
  }

  /** Writes the part again without some of its rows. @returns How many were left out. */
  async function rewrite(open: OpenPart, isLeftOut: (row: number) => boolean): Promise<number> {
    const kept = open.keys.map((_, row) => row).filter((row) => !isLeftOut(row));
    const fewer = await newWriter(open.table);
    try {
      let row = 0;
      for await (const record of readRecords(open.writer.temporary)) if (!isLeftOut(row++)) await fewer.append(record);
    } catch (error) {
      await fewer.discard();
      throw error;
    }
    await open.writer.discard();
    const count = open.keys.length - kept.length;
    open.writer = fewer;
    open.keys = kept.map((at) => open.keys[at] as string);
    open.sources = kept.map((at) => open.sources[at] as string);
    return count;
  }

  /** Marks the writer as broken where the disk is: nothing is tried again. */
  const guarded = <T>(work: () => T): T => {
    const broke = (error: unknown): never => {
      isBroken = !(error instanceof RecordError);
      throw error;
    };
    try {
      const result = work();
      return result instanceof Promise ? (result.catch(broke) as T) : result;
    } catch (error) {
      return broke(error);
    }
  };

  return {
    hasSource: (id) => keys.has(id) || sources.has(id),
    get committedRows() {
      return committedRows;
    },
    get leftOut() {
      return leftOut;
    },
    append: (record, table) => guarded(() => append(record, table)),
    flush: (empty) =>
      guarded(async () => {
        if (part === null && empty !== null && log.length === 0) {
          part = {
            writer: await newWriter(empty),
            table: empty,
            keys: [],
            sources: [],
            since: now(),
            lastIsWhole: true,
          };
        }
        return commit();
      }),
    async close() {
      const open = part;
      if (open === null) return [];
      if (isBroken) {
        part = null;
        await open.writer.discard();
        return [];
      }
      if (!open.lastIsWhole) {
        const half = open.sources.at(-1);
        await open.writer.seal();
        await rewrite(open, (row) => open.sources[row] === half);
      }
      if (open.keys.length > 0) return commit();
      part = null;
      await open.writer.discard();
      return [];
    },
  };
}

function recordOf({ writer, table, keys, sources }: OpenPart, sha256: string, replaces: boolean): CommitRecord {
  const distinct = [...new Set(sources)];
  const areKeys = distinct.length === keys.length && distinct.every((source, at) => source === keys[at]);
  return {
    format: 'diglot-commit-1',
    kind: table.kind,
    part: basename(writer.path),
    pending: basename(writer.temporary),
    sha256,
    bytes: writer.bytes,
    rows: keys.length,
    schema: writer.schema ?? '',
    ids: keys,
    ...(areKeys ? {} : { sources: distinct }),
    ...(replaces ? { replaces } : {}),
  };
}

/** Gives a committed part its name. */
async function unveil(writer: PartWriter, { rows, bytes }: CommitRecord): Promise<Part> {
  const { path, temporary } = writer;
  try {
    await rename(temporary, path).catch(async (error: unknown) => {
      // Whoever cleans the folder may have been quicker.
      if (!(await stat(path).catch(() => null))) throw error;
    });
    await syncFolder(join(path, '..'));
  } catch (error) {
    throw await storageFault(path, error);
  }
  return { kind: 'part', id: path, path, rows, bytes };
}
