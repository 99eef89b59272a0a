import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { Table as ParquetTable, writeParquet } from 'parquet-wasm';
import type { Hypothesis, Part, RecordBase } from '../../src/records.ts';
import { openPart } from '../../src/tables/part-writer.ts';
import { PIPELINE } from '../../src/tables/provenance.ts';
import { tableOf } from '../../src/tables/record-tables.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { recordsByKind } from '../support/records.ts';

const pipeline = JSON.stringify({ name: 'transcribe 轉寫', nodes: {} });

describe('tables in other readers', () => {
  const folder = folderPerTest();
  const hypotheses = fc.sample(recordsByKind.hypothesis, { numRuns: 300, seed: 7 });

  async function written(records: readonly RecordBase[]): Promise<string> {
    const table = tableOf((records[0] as RecordBase).kind);
    assert.ok(table);
    const part = await openPart(folder('out.arrow'), table, new Map([[PIPELINE, pipeline]]), 64);
    for (const record of records) await part.append(record);
    await part.commit();
    return folder('out.arrow');
  }

  /** What a reader should find, in the columns' names. */
  function rowOf({ id, origin, language, languageProbability, text, segments }: Hypothesis) {
    return {
      id,
      reference: origin.reference,
      piece_index: origin.piece?.index ?? null,
      language,
      language_probability: languageProbability,
      text,
      segments: segments.map((segment) => ({
        start: segment.start,
        text: segment.text,
        tokens: [...segment.tokens],
        avg_logprob: segment.averageLogProbability,
        words: segment.words?.map(({ word, probability }) => ({ word, probability })) ?? null,
      })),
    };
  }

  it('polars reads every row, nested values, nulls and any script', async function () {
    let polars: typeof import('nodejs-polars').default;
    try {
      polars = createRequire(import.meta.url)('nodejs-polars') as typeof polars;
    } catch {
      process.stderr.write('    nodejs-polars has no binary for this Node.js: skipped\n');
      return this.skip();
    }
    const frame = polars.readIPCStream(readFileSync(await written(hypotheses)));
    const rows = frame.toRecords() as unknown as (ReturnType<typeof rowOf> & Record<string, unknown>)[];
    assert.deepEqual(
      rows.map((row) => ({
        id: row.id,
        reference: row.reference,
        piece_index: row.piece_index,
        language: row.language,
        language_probability: row.language_probability,
        text: row.text,
        segments: row.segments.map(({ start, text, tokens, avg_logprob, words }) => ({
          start,
          text,
          tokens: [...tokens],
          avg_logprob,
          words: words?.map(({ word, probability }) => ({ word, probability })) ?? null,
        })),
      })),
      hypotheses.map(rowOf),
    );
  });

  it('DuckDB reads them after conversion to Parquet', async () => {
    const rows = await duckdb(
      await written(hypotheses),
      `select id, reference, piece_index, language, language_probability, text,
         [{start: s.start, text: s.text, tokens: s.tokens, avg_logprob: s.avg_logprob,
           words: [{word: w.word, probability: w.probability} for w in s.words]} for s in segments] as segments`,
    );
    assert.deepEqual(rows, hypotheses.map(rowOf));
  });

  it('DuckDB reads 64-bit numbers and float lists', async () => {
    const parts: Part[] = [0, 2 ** 31, 2 ** 53 - 1].map((bytes) => ({
      kind: 'part',
      id: 'a',
      path: 'b',
      rows: 1,
      bytes,
    }));
    const sizes = await duckdb(await written(parts), 'select bytes::varchar as bytes, typeof(bytes) as type');
    assert.deepEqual(
      sizes,
      parts.map(({ bytes }) => ({ bytes: String(bytes), type: 'BIGINT' })),
    );

    const waveforms = fc.sample(recordsByKind.waveform, { numRuns: 50, seed: 9 });
    const samples = await duckdb(await written(waveforms), 'select samples, typeof(samples) as type');
    assert.deepEqual(
      samples,
      waveforms.map((each) => ({ samples: [...each.samples], type: 'FLOAT[]' })),
    );
  });

  it('apache-arrow finds the pipeline in the metadata, and no dictionary or compression', async () => {
    const { schema } = tableFromIPC(readFileSync(await written(hypotheses)));
    assert.equal(schema.metadata.get(PIPELINE), pipeline);
    assert.equal(schema.metadata.get('diglot.kind'), 'hypothesis');
    assert.equal(schema.dictionaries.size, 0);
    assert.doesNotMatch(String(schema), /Dictionary|Large|View/);
  });

  async function duckdb(arrow: string, select: string): Promise<unknown[]> {
    const parquet = folder('out.parquet');
    writeFileSync(parquet, writeParquet(ParquetTable.fromIPCStream(readFileSync(arrow))));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const result = await connection.runAndReadAll(`${select} from '${parquet}'`);
    const rows: unknown[] = result.getRowObjectsJson();
    connection.closeSync();
    return rows;
  }
});
