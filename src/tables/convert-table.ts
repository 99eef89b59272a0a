/** A table, from one file or many parts, as one file of another form. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Table as WasmTable } from 'parquet-wasm';
import { UsageError } from '../errors.ts';
import type { RecordBase } from '../records.ts';
import { arrowFiles } from './arrow-files.ts';
import { readMessages } from './message-stream.ts';
import { openPart } from './part-writer.ts';
import { openPendingFile } from './pending-file.ts';
import { KIND } from './provenance.ts';
import { countRows, readMetadata, readRecords, tableFor } from './reader.ts';

const ROWS_PER_BATCH = 8192;
/** Rows of a Parquet row group, which is in memory as a whole. */
const ROWS_PER_GROUP = 65_536;
const END_MARK = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

export interface Converted {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * @param to Ends in `.parquet` (zstd) or `.arrow` (IPC stream, uncompressed).
 * @param sort Rows by id, for which all are in memory; else as they stand.
 * @throws UsageError `convert` for another ending; those of `arrowFiles` and `readMessages`.
 */
export async function convertTable(from: string, to: string, { sort }: { readonly sort: boolean }): Promise<Converted> {
  if (to.endsWith('.arrow')) return toArrow(from, to, sort);
  if (!to.endsWith('.parquet')) {
    throw new UsageError('convert', `${to}: the name says neither .parquet nor .arrow; give it one of these endings.`);
  }
  if (!sort) return toParquet(await arrowFiles(from), to);
  await mkdir(dirname(to), { recursive: true });
  const sorted = await sortedPart(from, join(dirname(to), 'sorted.arrow'), true);
  try {
    await sorted.seal();
    return await toParquet([sorted.temporary], to);
  } finally {
    await sorted.discard();
  }
}

async function toArrow(from: string, to: string, sort: boolean): Promise<Converted> {
  const part = await sortedPart(from, to, sort);
  try {
    await part.commit();
  } catch (error) {
    await part.discard();
    throw error;
  }
  return { rows: part.rows, bytes: part.bytes };
}

/** All rows in one file that has not got its name yet. */
async function sortedPart(from: string, to: string, sort: boolean) {
  const files = await arrowFiles(from);
  const table = await tableFor(files[0]);
  const part = await openPart(to, table, await sharedMetadata(files), ROWS_PER_BATCH);
  try {
    const kept: RecordBase[] = [];
    for (const file of files) {
      for await (const record of readRecords(file)) {
        if (sort) kept.push(record);
        else await part.append(record);
      }
    }
    kept.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    for (const record of kept) await part.append(record);
  } catch (error) {
    await part.discard();
    throw error;
  }
  return part;
}

/** What all parts say of how they came to be. @throws UsageError `mixed-kinds` where they hold different kinds. */
async function sharedMetadata(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const all = [];
  for (const file of files) all.push(await readMetadata(file));
  const [first = new Map<string, string>(), ...others] = all;
  const stranger = others.findIndex((metadata) => metadata.get(KIND) !== first.get(KIND));
  if (stranger >= 0) {
    throw new UsageError(
      'mixed-kinds',
      `${files[stranger + 1]} holds another kind of rows than ${files[0]}; convert it alone.`,
    );
  }
  return new Map([...first].filter(([key, value]) => others.every((metadata) => metadata.get(key) === value)));
}

/** Batch by batch: a row group is in memory, whatever the size of the table. */
async function toParquet(files: readonly string[], to: string): Promise<Converted> {
  const { Compression, Table, transformParquetStream, WriterPropertiesBuilder, writeParquet } =
    await import('parquet-wasm');
  await sharedMetadata(files);
  let rows = 0;
  async function* batches(): AsyncGenerator<unknown> {
    for (const file of files) {
      let head: Uint8Array | undefined;
      for await (const message of readMessages(file)) {
        head ??= message.head;
        if (message.type !== 'batch') continue;
        rows += message.rows;
        yield batchOf(Table.fromIPCStream(Buffer.concat([head, message.head, await message.body(), END_MARK])));
      }
    }
  }
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(ROWS_PER_GROUP)
    .build();
  const file = await openPendingFile(to);
  try {
    if ((await Promise.all(files.map(countRows))).every((count) => count === 0)) {
      await file.write(writeParquet(Table.fromIPCStream(await readFile(files[0] as string)), properties));
    } else {
      const parquet = await transformParquetStream(ReadableStream.from(batches()), properties);
      for await (const chunk of parquet as ReadableStream<Uint8Array>) await file.write(chunk);
    }
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
  return { rows, bytes: file.bytes };
}

function batchOf(table: WasmTable): unknown {
  const [batch] = table.recordBatches();
  return batch;
}
