/**
 * Records to Arrow IPC stream files: one file, or a folder of committed parts. A file appears under its name when it is
 * whole.
 *
 * A record's lease closes when the writer has taken the record over, before it is on the disk: otherwise a file could
 * hold no more rows than the run has leases. So a run that cannot finish its one file fails as a whole, and its rows are
 * gone; one that was stopped (Ctrl-C, SIGTERM) has its rows so far in the file, and a mark beside it. Of a folder the
 * committed parts stay; a killed run loses what the open part holds, and the same command goes on from there.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { AnyRecord, Part } from '../records.ts';
import { isTable } from '../tables/commits/committed-parts.ts';
import { COMMITS } from '../tables/commits/commit-record.ts';
import { declareFacts, FACTS, readFacts, refuseOtherFacts } from '../tables/commits/table-facts.ts';
import { openTableWriter } from '../tables/commits/table-writer.ts';
import { inferTable } from '../tables/infer-table.ts';
import { openPart, type PartWriter } from '../tables/part-writer.ts';
import { openPendingFile } from '../tables/pending-file.ts';
import { KIND, modelsIn, VERSION, versions } from '../tables/provenance.ts';
import { readMetadata } from '../tables/reader.ts';
import type { RecordTable } from '../tables/record-table.ts';
import { tableOf } from '../tables/record-tables.ts';
import { markUnfinished, unmarkUnfinished } from '../tables/unfinished.ts';
import { defineOperator, type OperatorContext, type Released } from './define-operator.ts';

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'A name that ends in ".arrow" is one file; any other is a folder of committed parts, to which a later run adds what is missing.',
    ),
  ifAny: z
    .boolean()
    .default(false)
    .describe(
      'Whether the file comes into being only when there is a row for it; else a run without rows writes an empty table.',
    ),
  rowsPerBatch: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(8192)
    .describe('Rows in a record batch, at most; a batch also ends at 8 MiB. Readers take a file batch by batch.'),
  rowsPerPart: z
    .int()
    .min(1)
    .default(65_536)
    .describe('Folders only: rows after which a part is committed. The pieces of a recording stay together.'),
  megabytesPerPart: z.number().positive().default(256).describe('Folders only: MiB after which a part is committed.'),
  secondsPerPart: z
    .number()
    .positive()
    .default(60)
    .describe('Folders only: seconds after which a part is committed with the next row; so much work a kill may lose.'),
  overwrite: z
    .boolean()
    .default(false)
    .describe(
      'Whether to replace a file that diglot did not write, or the table in a folder, to which rows are added otherwise. A single Arrow file of diglot is replaced anyway.',
    ),
});

type Options = z.output<typeof options>;

/** Where the rows go. Each gives the parts that it committed. */
interface Destination {
  append(record: AnyRecord, table: RecordTable): Promise<readonly Part[]> | undefined;
  /** @param table Null where no row came and nobody knows the columns. */
  flush(table: RecordTable | null): Promise<readonly Part[]>;
  /** The end of the run, whatever happened. */
  close(): Promise<readonly Part[] | void>;
}

export const writeArrow = defineOperator(
  {
    name: 'write-arrow',
    summary: 'Writes records of one kind into an Arrow IPC stream file, or a folder of committed parts.',
    shape: 'gather',
    input: 'any',
    output: 'part',
    sink: true,
    checkpoint: 'no',
    options,
  },
  async (options, context) => {
    const { path, ifAny } = options;
    const free = reserve(path);
    context.onClose(free);
    const destination = await (path.endsWith('.arrow') ? oneFile(options, context) : folderOfParts(options, context));
    context.onClose(async () => {
      const rows = (await destination.close())?.reduce((sum, part) => sum + part.rows, 0) ?? 0;
      if (rows > 0) context.note(`${rows} rows more were committed to ${path} before the run ended`);
    });

    let kind: string | undefined = context.inputKind;
    let table = kind === undefined ? undefined : tableOf(kind);
    let isEmpty = true;
    return {
      add(record) {
        refuseOtherKind(record.kind, kind, path);
        kind = record.kind;
        table ??= tableOf(kind) ?? inferTable(record);
        isEmpty = false;
        const taken = { record: null, from: [record] };
        const parts = destination.append(record, table);
        return parts === undefined ? [taken] : parts.then((closed) => [taken, ...closed.map(reported)]);
      },
      async flush() {
        const parts = await destination.flush(ifAny ? null : (table ?? null));
        if (isEmpty && table === undefined && !ifAny && parts.length === 0)
          context.note(`${path} was not written: no record came, so its columns are unknown`);
        free();
        return parts.map(reported);
      },
    };
  },
);

function reported(part: Part): Released<AnyRecord, Part> {
  return { record: part, from: [] };
}

/** A file that appears at the end, in the place of the one of an earlier run. */
async function oneFile({ path, rowsPerBatch, overwrite }: Options, context: OperatorContext): Promise<Destination> {
  const isOutdated = await mayReplace(path, overwrite);
  await (await openPendingFile(path)).discard();
  let part: PartWriter | undefined;
  const open = async (table: RecordTable): Promise<PartWriter> =>
    (part = await openPart(path, table, context.provenance, rowsPerBatch));
  const write = (writer: PartWriter, record: AnyRecord): Promise<readonly Part[]> | undefined =>
    writer.append(record)?.then(() => []);
  return {
    append: (record, table) =>
      part === undefined
        ? open(table).then(async (opened) => (await write(opened, record)) ?? [])
        : write(part, record),
    async flush(table) {
      if (part === undefined && table === null) {
        if (!isOutdated) return [];
        await rm(path, { force: true });
        context.note(`${path} of an earlier run was removed: this one has no row for it`);
        return [];
      }
      const last = part ?? (await open(table as RecordTable));
      // Whatever moment the program is killed in, what is not whole is marked.
      const isCutShort = context.wasStopped();
      if (isCutShort) await markUnfinished(path);
      await last.commit();
      if (!isCutShort) await unmarkUnfinished(path);
      return [{ kind: 'part', id: path, path, rows: last.rows, bytes: last.bytes }];
    },
    close: async () => part?.discard(),
  };
}

/** A table to which rows are added, whoever else adds to it. */
async function folderOfParts(options: Options, context: OperatorContext): Promise<Destination> {
  const { path, ifAny, rowsPerBatch, overwrite } = options;
  const isOfErrors = context.inputKind === 'error';
  const there = (await isTable(path)) ? null : await strangeParts(path);
  if (there !== null && !overwrite) {
    const message = `${path} holds ${there} and no log of commits; choose another folder, or set overwrite: true.`;
    throw new UsageError('output-exists', message);
  }
  if (!ifAny) await (await openPendingFile(join(path, 'table'))).discard();
  const recipe = isOfErrors ? {} : context.recipe;
  const version = context.provenance.get(VERSION) ?? versions().get(VERSION) ?? '';
  const facts = overwrite ? null : await readFacts(path);
  if (facts !== null) refuseOtherFacts(path, facts, { recipe, version });

  const openWriter = () =>
    openTableWriter(path, {
      provenance: context.provenance,
      rowsPerBatch,
      limits: {
        rows: options.rowsPerPart,
        bytes: options.megabytesPerPart * 2 ** 20,
        seconds: options.secondsPerPart,
      },
      replaces: isOfErrors && context.retries,
      now: () => performance.now() / 1000,
    });
  // Where a table is to be replaced, the old one stays until the first row for the new one is there.
  let writer = overwrite ? null : await openWriter();
  if (writer !== null) {
    const known = writer;
    context.goOn((id) => known.hasSource(id), isOfErrors);
    const { committedRows } = known;
    if (committedRows > 0 && !isOfErrors)
      context.note(`${path} holds ${committedRows} rows already; the run goes on from there`);
  }
  let isDeclared = false;
  const ready = async (kind: string): Promise<NonNullable<typeof writer>> => {
    if (writer === null) {
      await removeTable(path);
      writer = await openWriter();
    }
    if (!isDeclared) {
      const models = isOfErrors ? [] : modelsIn(context.provenance);
      await declareFacts(path, {
        format: 'diglot-table-1',
        kind,
        version,
        recipe,
        models: Object.fromEntries(models.flatMap(({ name, sha256 }) => (sha256 === null ? [] : [[name, sha256]]))),
      });
      isDeclared = true;
    }
    return writer;
  };
  return {
    append: (record, table) =>
      isDeclared && writer !== null
        ? writer.append(record, table)
        : ready(table.kind).then(async (opened) => (await opened.append(record, table)) ?? []),
    async flush(table) {
      if (writer === null && table === null) {
        await removeTable(path);
        return [];
      }
      const opened = table === null ? (writer as NonNullable<typeof writer>) : await ready(table.kind);
      const parts = await opened.flush(table);
      if (opened.leftOut > 0 && !context.retries) {
        context.note(`${opened.leftOut} rows were left out: another run had committed theirs to ${path} meanwhile`);
      }
      return parts;
    },
    close: async () => writer?.close(),
  };
}

const reserved = new Set<string>();

/**
 * @returns Lets others have the place again.
 * @throws UsageError `output-file` when another node of this process writes to the same place.
 */
function reserve(path: string): () => void {
  const target = resolve(path);
  if (reserved.has(target)) throw new UsageError('output-file', `Two nodes write ${path}; give each its own path.`);
  reserved.add(target);
  let isOurs = true;
  return () => {
    if (isOurs) reserved.delete(target);
    isOurs = false;
  };
}

/** @throws UsageError `mixed-kinds` when a table would get rows of two kinds. */
function refuseOtherKind(kind: string, before: string | undefined, path: string): void {
  if (kind === 'batch')
    throw new UsageError('mixed-kinds', `${path}: a batch is not a row; take "batch" out before "write-arrow".`);
  if (before !== undefined && kind !== before) {
    throw new UsageError(
      'mixed-kinds',
      `${path} has rows of kind ${before}, and a ${kind} came; write each kind with a "write-arrow" of its own.`,
    );
  }
}

/** @returns Whether there is a file, of an earlier run, to be replaced. @throws UsageError `output-exists`. */
async function mayReplace(path: string, overwrite: boolean): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null) return false;
  if (overwrite && found.isFile()) return true;
  const isOurs =
    found.isFile() &&
    (await readMetadata(path)
      .then((metadata) => metadata.has(KIND))
      .catch(() => false));
  if (isOurs) return true;
  const mend = found.isFile() ? 'choose another path, or set overwrite: true' : 'choose another path';
  throw new UsageError('output-exists', `${path} exists and is not an Arrow file of diglot; ${mend}.`);
}

const PART_NAME = /^part-[\da-f-]+\.arrow$/;

/** Files that look like parts in a folder without a log, in words. */
async function strangeParts(folder: string): Promise<string | null> {
  const parts = (await readdir(folder).catch(() => [])).filter((name) => PART_NAME.test(name));
  return parts.length === 0 ? null : `${parts.length} ${parts.length === 1 ? 'part' : 'parts'}`;
}

/** The log goes first: without it the parts are nothing. */
async function removeTable(folder: string): Promise<void> {
  for (const name of [COMMITS, FACTS]) await rm(join(folder, name), { recursive: true, force: true });
  const names = (await readdir(folder).catch(() => [])).filter((name) => PART_NAME.test(name));
  for (const name of names) await rm(join(folder, name), { force: true });
}
