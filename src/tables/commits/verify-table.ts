/** Looks at all of a table again: every entry of the log, every byte and every row of every part. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { AnyRecord, ErrorRow } from '../../records.ts';
import { readMessages } from '../message-stream.ts';
import { readRecords } from '../reader.ts';
import { type CommittedPart, committedParts, isTable } from './committed-parts.ts';
import { COMMITS, ERRORS, rowKey, sourceId } from './commit-record.ts';
import { openErrors } from './open-errors.ts';

export interface TableCheck {
  readonly folder: string;
  /** Kind of the rows; null where there are none. */
  readonly kind: string | null;
  readonly parts: number;
  readonly rows: number;
  readonly bytes: number;
  /** Ids of the source records that the rows are made of. */
  readonly sources: ReadonlySet<string>;
  /** A sentence for each thing that is not as the log says. */
  readonly faults: readonly string[];
  /** Files that a killed writer left, and parts that are committed and have not got their name: `clean` sees to them. */
  readonly leftovers: readonly string[];
  /** What failed, and is not among the rows by now. */
  readonly errors: readonly ErrorRow[];
}

/**
 * @param onPart Told of each part before it is read.
 * @throws UsageError `not-a-table` where the folder has no log; `commit-log`, `part-missing` where it is broken.
 */
export async function verifyTable(folder: string, onPart: (path: string) => void = () => {}): Promise<TableCheck> {
  if (!(await isTable(folder))) {
    throw new UsageError(
      'not-a-table',
      `${folder} is not a folder of committed parts; name one that write-arrow wrote.`,
    );
  }
  const parts = await committedParts(folder);
  const faults: string[] = [];
  const sources = new Set<string>();
  const keys = new Map<string, string>();
  let rows = 0;
  let bytes = 0;
  for (const part of parts) {
    onPart(part.path);
    const { record } = part;
    if (record.kind !== parts[0]?.record.kind) faults.push(`${part.path} holds rows of kind ${record.kind}`);
    for (const fault of await partFaults(part, sources)) faults.push(`${part.path} ${fault}`);
    for (const key of new Set(record.ids)) {
      const before = keys.get(key);
      if (before !== undefined && record.replaces !== true)
        faults.push(`${part.path} has ${key} again, which is in ${before}`);
      keys.set(key, record.part);
    }
    rows += record.rows;
    bytes += record.bytes;
  }
  const hasErrors = await isTable(join(folder, ERRORS));
  const ofErrors = hasErrors ? await verifyTable(join(folder, ERRORS), onPart) : null;
  const { strangers, leftovers } = await otherFiles(folder, parts);
  for (const name of strangers) faults.push(`${join(folder, name)} is not in the log; move it elsewhere`);
  return {
    folder,
    kind: parts[0]?.record.kind ?? null,
    parts: parts.length,
    rows,
    bytes,
    sources,
    faults: [...faults, ...(ofErrors?.faults ?? [])],
    leftovers: [...leftovers, ...(ofErrors?.leftovers ?? [])],
    errors: hasErrors ? await openErrors(folder) : [],
  };
}

/** Sentences that go on behind the path of the part. */
async function partFaults({ path, record }: CommittedPart, sources: Set<string>): Promise<string[]> {
  const size = (await stat(path)).size;
  if (size !== record.bytes) return [`has ${size} bytes and its record says ${record.bytes}`];
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== record.sha256) return ['is not what was committed: its sha256 differs'];
  const faults: string[] = [];
  for await (const { head } of readMessages(path)) {
    const schema = createHash('sha256').update(head).digest('hex');
    if (schema !== record.schema) faults.push('has another schema than its record says');
    break;
  }
  let row = 0;
  const own = new Set<string>();
  for await (const read of readRecords(path)) {
    if (rowKey(read as AnyRecord) !== record.ids[row])
      faults.push(`has ${read.id} in row ${row}, where its record has ${record.ids[row]}`);
    own.add(sourceId(read as AnyRecord));
    row += 1;
  }
  if (row !== record.rows || row !== record.ids.length)
    faults.push(`has ${row} rows and its record says ${record.rows}`);
  const told = record.sources ?? record.ids;
  if (own.size !== told.length || told.some((id) => !own.has(id)))
    faults.push('is made of other source records than its record says');
  for (const id of own) sources.add(id);
  return faults;
}

/** Files that look like parts and that the log does not name, and what is under a temporary name. */
async function otherFiles(
  folder: string,
  parts: readonly CommittedPart[],
): Promise<{ strangers: string[]; leftovers: string[] }> {
  const named = new Set(parts.map(({ record }) => record.part));
  const names = await readdir(folder);
  const inLog = (await readdir(join(folder, COMMITS))).map((name) => join(COMMITS, name));
  return {
    strangers: names.filter((name) => name.endsWith('.arrow') && !name.startsWith('.') && !named.has(name)),
    leftovers: [...names, ...inLog]
      .filter((name) => /^\..*\.tmp$/.test(basename(name)))
      .map((name) => join(folder, name)),
  };
}
