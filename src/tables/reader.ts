/** Tables that diglot wrote, read back as records, batch by batch. */
import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { UsageError } from '../errors.ts';
import type { RecordBase } from '../records.ts';
import { ColumnFault, readerOf } from './columns/column.ts';
import { tableOfSchema } from './infer-table.ts';
import { readMessages, type StreamMessage } from './message-stream.ts';
import { oneAhead } from './one-ahead.ts';
import { KIND, VERSION } from './provenance.ts';
import type { RecordTable } from './record-table.ts';
import { tableOf } from './record-tables.ts';

/**
 * The metadata of an Arrow stream's schema.
 * @throws UsageError `arrow-file` when it cannot be read.
 */
export async function readMetadata(path: string): Promise<ReadonlyMap<string, string>> {
  for await (const message of readMessages(path)) return schemaIn(path, message).metadata;
  throw new UsageError('arrow-file', `${path} is an empty Arrow stream without a schema; write it again.`);
}

/**
 * All records of a file, in its order. Two batches are in memory at a time: one in use, one on its way.
 * @param onBatch Told the rows of a batch before the first of them is given.
 * @throws UsageError `arrow-file` when the file is broken, `arrow-kind` when diglot did not write it.
 */
export async function* readRecords(path: string, onBatch?: (rows: number) => void): AsyncGenerator<RecordBase> {
  for await (const batch of oneAhead(batchesIn(path))) {
    onBatch?.(batch.loaded.data.length);
    yield* recordsOf(batch, path);
  }
}

interface Batch {
  readonly table: RecordTable;
  readonly loaded: RecordBatch;
  /** From 1. */
  readonly index: number;
}

async function* batchesIn(path: string): AsyncGenerator<Batch> {
  let table: RecordTable | undefined;
  let head: Uint8Array | undefined;
  let index = 0;
  for await (const message of readMessages(path)) {
    if (table === undefined || head === undefined) {
      table = tableIn(path, schemaIn(path, message));
      head = message.head;
      continue;
    }
    if (message.type !== 'batch') throw broken(path, `a ${message.type} where a batch should be`);
    index += 1;
    yield { table, loaded: await loadBatch(path, head, message, index), index };
  }
  if (table === undefined) throw broken(path, 'no schema');
}

/**
 * The table that a file's rows fit.
 * @throws UsageError as `readRecords` does.
 */
export async function tableFor(path: string): Promise<RecordTable> {
  for await (const message of readMessages(path)) return tableIn(path, schemaIn(path, message));
  throw broken(path, 'no schema');
}

/** The table of a schema, by the kind in its metadata. */
function tableIn(path: string, schema: Schema): RecordTable {
  const kind = schema.metadata.get(KIND);
  if (kind === undefined) {
    const mend = 'name a file that "write-arrow" wrote, or read it with "read-manifest" if it lists utterances';
    throw new UsageError(
      'arrow-kind',
      `${path} is an Arrow stream, but its metadata does not say what its rows are; ${mend}.`,
    );
  }
  const own = tableOf(kind);
  if (own !== undefined) return own;
  try {
    return tableOfSchema(kind, schema.fields);
  } catch (error) {
    throw damaged(path, error, schema.metadata.get(VERSION));
  }
}

function schemaIn(path: string, { schema }: StreamMessage): Schema {
  if (schema === null) throw broken(path, 'a batch before its schema');
  return schema;
}

/** Decodes a batch by the schema's message and its own, which `readMessages` has checked. */
async function loadBatch(path: string, head: Uint8Array, message: StreamMessage, batch: number): Promise<RecordBatch> {
  try {
    const [loaded] = RecordBatchReader.from([head, message.head, await message.body()]).readAll();
    if (loaded === undefined) throw new Error('it is empty');
    return loaded;
  } catch (error) {
    const message = `${path} cannot be read: batch ${batch} is not what its schema says (${error instanceof Error ? error.message : String(error)}); write it again.`;
    throw new UsageError('arrow-file', message, { cause: error });
  }
}

function* recordsOf({ table, loaded: { data, schema }, index }: Batch, path: string): Generator<RecordBase> {
  let row = -1;
  try {
    const read = readerOf(table.row, data, '');
    for (row = 0; row < data.length; row += 1) yield table.fromRow(read(row));
  } catch (error) {
    const where = row < 0 ? `batch ${index}` : `row ${row} of batch ${index}`;
    throw damaged(`${path}, ${where}`, error, schema.metadata.get(VERSION));
  }
}

function damaged(where: string, error: unknown, version: string | undefined): unknown {
  if (!(error instanceof ColumnFault)) return error;
  const by = version === undefined ? '' : ` (written by diglot ${version})`;
  return new UsageError('arrow-file', `${where}: ${error.message}${by}; write the file again.`, { cause: error });
}

function broken(path: string, what: string): UsageError {
  return new UsageError('arrow-file', `${path} is broken: it has ${what}; write it again.`);
}

/**
 * Rows of a file, without reading them.
 * @throws UsageError `arrow-file` when the file is broken or cut off.
 */
export async function countRows(path: string): Promise<number> {
  let rows = 0;
  for await (const message of readMessages(path)) rows += message.rows;
  return rows;
}
