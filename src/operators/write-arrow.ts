/**
 * Records to Arrow IPC stream files: one file, or a folder of parts. A file appears under its name when it is whole.
 *
 * A record's lease closes when the writer has taken the record over, before it is on the disk: otherwise a file could
 * hold no more rows than the run has leases. So a run that cannot finish its file fails as a whole, and the rows of the
 * unfinished file are gone; parts that were committed stay. How many rows may be lost that way is `rowsPerPart`.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { AnyRecord, Part } from '../records.ts';
import { inferTable } from '../tables/infer-table.ts';
import { openPart, type PartWriter } from '../tables/part-writer.ts';
import { openPendingFile } from '../tables/pending-file.ts';
import { KIND } from '../tables/provenance.ts';
import { readMetadata } from '../tables/reader.ts';
import { tableOf } from '../tables/record-tables.ts';
import { defineOperator, type Released } from './define-operator.ts';

export const writeArrow = defineOperator(
  {
    name: 'write-arrow',
    summary: 'Writes records of one kind into an Arrow IPC stream file, or a folder of them.',
    shape: 'gather',
    input: 'any',
    output: 'part',
    sink: true,
    checkpoint: 'no',
    options: z.strictObject({
      path: z
        .string()
        .min(1)
        .describe(
          'A name that ends in ".arrow" is one file; any other is a folder of files part-00000.arrow, part-00001.arrow, …',
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
      rowsPerPart: z.int().min(1).default(1_000_000).describe('Folders only: rows in a part, at most.'),
      megabytesPerPart: z
        .number()
        .positive()
        .default(256)
        .describe('Folders only: MiB in a part; the row that passes it is its last.'),
      overwrite: z
        .boolean()
        .default(false)
        .describe(
          'Whether to replace a file that diglot did not write, or the parts in a folder. A single Arrow file of diglot is replaced anyway.',
        ),
    }),
  },
  async (options, context) => {
    const { path, ifAny, rowsPerBatch, overwrite } = options;
    const isFolder = !path.endsWith('.arrow');
    const partPath = (index: number): string =>
      isFolder ? join(path, `part-${String(index).padStart(5, '0')}.arrow`) : path;
    const rowsPerPart = isFolder ? options.rowsPerPart : Infinity;
    const bytesPerPart = isFolder ? options.megabytesPerPart * 2 ** 20 : Infinity;

    const free = reserve(path);
    context.onClose(free);
    const outdated = isFolder ? await partsIn(path, overwrite) : await replaceable(path, overwrite);
    await (await openPendingFile(partPath(0))).discard();

    let kind: string | undefined = context.inputKind;
    let table = kind === undefined ? undefined : tableOf(kind);
    let part: PartWriter | undefined;
    let committed = 0;
    context.onClose(() => part?.discard());

    async function commit(whole: PartWriter): Promise<Part> {
      if (isFolder && committed === 0) await removeAll(outdated);
      await whole.commit();
      part = undefined;
      committed += 1;
      return { kind: 'part', id: whole.path, path: whole.path, rows: whole.rows, bytes: whole.bytes };
    }

    async function openAndWrite(record: AnyRecord): Promise<readonly Part[]> {
      refuseOtherKind(record.kind, kind, path);
      kind = record.kind;
      table ??= tableOf(kind) ?? inferTable(record);
      part = await openPart(partPath(committed), table, context.provenance, rowsPerBatch);
      return (await write(record)) ?? [];
    }

    /** Gives a promise only when the disk has to be waited for. */
    function write(record: AnyRecord): Promise<readonly Part[]> | undefined {
      if (part === undefined) return openAndWrite(record);
      refuseOtherKind(record.kind, kind, path);
      const current = part;
      const flushed = current.append(record);
      const isFull = current.rows >= rowsPerPart || current.bytes >= bytesPerPart;
      if (isFull) return Promise.resolve(flushed).then(async () => [await commit(current)]);
      return flushed?.then(() => []);
    }

    return {
      add(record) {
        const taken = { record: null, from: [record] };
        const parts = write(record);
        return parts === undefined ? [taken] : parts.then((closed) => [taken, ...closed.map(reported)]);
      },
      async flush() {
        const isEmpty = part === undefined && committed === 0;
        if (isEmpty && !ifAny) {
          if (table === undefined) context.note(`${path} was not written: no record came, so its columns are unknown`);
          else part = await openPart(partPath(0), table, context.provenance, rowsPerBatch);
        }
        if (isEmpty && part === undefined && outdated.length > 0) {
          await removeAll(outdated);
          context.note(`${path} of an earlier run was removed: this one has no row for it`);
        }
        const last = part === undefined ? [] : [reported(await commit(part))];
        free();
        return last;
      },
    };
  },
);

function reported(part: Part): Released<AnyRecord, Part> {
  return { record: part, from: [] };
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

async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}

/** The file of an earlier run, which this one may replace. @throws UsageError `output-exists`. */
async function replaceable(path: string, overwrite: boolean): Promise<readonly string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) return [];
  if (overwrite && found.isFile()) return [path];
  const isOurs =
    found.isFile() &&
    (await readMetadata(path)
      .then((metadata) => metadata.has(KIND))
      .catch(() => false));
  if (isOurs) return [path];
  const mend = found.isFile() ? 'choose another path, or set overwrite: true' : 'choose another path';
  throw new UsageError('output-exists', `${path} exists and is not an Arrow file of diglot; ${mend}.`);
}

/** The parts of an earlier run, which go before the first new one comes. @throws UsageError `output-exists`. */
async function partsIn(path: string, overwrite: boolean): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => []);
  const parts = names.filter((name) => /^part-\d+\.arrow$/.test(name)).map((name) => join(path, name));
  if (parts.length === 0 || overwrite) return parts;
  throw new UsageError(
    'output-exists',
    `${path} already holds ${parts.length} parts; choose another folder, or set overwrite: true.`,
  );
}
