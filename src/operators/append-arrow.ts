/**
 * Records of one kind as an Arrow IPC stream that is whole at any moment, also when the run is killed: every row is a batch
 * of its own, written in one piece with the end mark behind it, in the place of the end mark before. `write-arrow` is for everything that has an
 * end: it packs rows into batches, and its file is there when it is whole.
 */
import { z } from 'zod';
import type { AnyRecord, Part, RecordKind } from '../records.ts';
import { type GrowingFile, openGrowingFile } from '../tables/growing-file.ts';
import { KIND, versions } from '../tables/provenance.ts';
import { appendRecord, schemaOf } from '../tables/record-table.ts';
import { tableOf } from '../tables/record-tables.ts';
import { encodeStream, type StreamEncoder } from '../tables/stream-encoder.ts';
import { defineOperator } from './define-operator.ts';

export const appendArrow = defineOperator(
  {
    name: 'append-arrow',
    summary: 'Writes records of one kind into an Arrow stream that can be read at any moment.',
    shape: 'gather',
    input: 'any',
    output: 'part',
    sink: true,
    options: z.strictObject({
      path: z.string().min(1).nullable().default(null).describe('The file; null writes none.'),
      only: z
        .enum(['final', 'partial', 'hypothesis', 'score'])
        .default('final')
        .describe('Kind of the records that are written; others end here.'),
      overwrite: z.boolean().default(false).describe('Whether to replace a file that is there.'),
    }),
    checkpoint: 'no',
  },
  async ({ path, only, overwrite }, context) => {
    const file: GrowingFile | null = path === null ? null : await openGrowingFile(path, overwrite);
    context.onClose(() => file?.close());
    const table = tableOf(only satisfies RecordKind)!;
    let encoder: StreamEncoder | null = null;
    let rows = 0;

    const put = (bytes: Uint8Array): Promise<void> =>
      file!.replace(Math.max(0, file!.bytes - END.length), Buffer.concat([bytes, END]));
    /** The schema goes first; by then every operator has told where it comes from. */
    const begin = async (): Promise<StreamEncoder> => {
      if (encoder !== null) return encoder;
      const metadata = new Map([...versions(), ...context.provenance, [KIND, table.kind]]);
      encoder = encodeStream(schemaOf(table, metadata));
      await put(encoder.start());
      return encoder;
    };
    const write = async (record: AnyRecord): Promise<void> => {
      const started = await begin();
      if (record.kind !== only) return;
      const columns = table.row.builder('');
      appendRecord(table, columns, record);
      await put(started.batch(columns.finish()));
      rows += 1;
    };

    return {
      async add(record) {
        if (file !== null) await write(record);
        return [{ record: null, from: [record] }];
      },
      async flush() {
        if (file === null) return [];
        await begin();
        await file.close();
        const part: Part = { kind: 'part', id: file.path, path: file.path, rows, bytes: file.bytes };
        return [{ record: part, from: [] }];
      },
    };
  },
);

/** The end mark of an Arrow IPC stream. */
const END = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
