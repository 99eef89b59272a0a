import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct, tableFromIPC, type Data } from 'apache-arrow';
import { readerOf, since } from '../../src/tables/columns/column.ts';
import { list } from '../../src/tables/columns/list.ts';
import { nullable } from '../../src/tables/columns/nullable.ts';
import { float64 } from '../../src/tables/columns/numbers.ts';
import { struct } from '../../src/tables/columns/struct.ts';
import { utf8 } from '../../src/tables/columns/utf8.ts';
import { openPart } from '../../src/tables/part-writer.ts';
import { KIND, VERSION } from '../../src/tables/provenance.ts';
import { readRecords } from '../../src/tables/reader.ts';
import { tableOf } from '../../src/tables/record-tables.ts';
import type { Hypothesis } from '../../src/records.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { hypothesis } from '../support/sample-records.ts';

describe('files of an older diglot', () => {
  const folder = folderPerTest();

  /** Two hypotheses as they were written before there were the columns named. */
  async function olderFile(missing: readonly string[]): Promise<string> {
    const part = await openPart(folder('whole.arrow'), tableOf('hypothesis')!, new Map(), 10);
    for (const id of ['a', 'b']) await part.append({ ...hypothesis, id });
    await part.commit();
    const { schema, data } = tableFromIPC(readFileSync(part.path)).batches[0]!;
    const kept = schema.fields.map((_, at) => at).filter((at) => !missing.includes(schema.fields[at]!.name));
    const fields = kept.map((at) => schema.fields[at]!);
    const metadata = new Map([
      [KIND, 'hypothesis'],
      [VERSION, '0.0.1'],
    ]);
    const columns = kept.map((at) => data.children[at] as Data);
    const struct = makeData({
      type: new Struct(fields),
      length: data.length,
      nullCount: 0,
      children: columns,
    });
    const writer = RecordBatchStreamWriter.writeAll([new RecordBatch(new Schema(fields, metadata), struct as never)]);
    const path = folder('older.arrow');
    writeFileSync(path, await writer.toUint8Array());
    return path;
  }

  const read = async (path: string): Promise<Hypothesis[]> => {
    const records: Hypothesis[] = [];
    for await (const record of readRecords(path)) records.push(record as Hypothesis);
    return records;
  };

  it('are read as if nothing had been known of what they have no column for', async () => {
    const missing = [
      'languages',
      'language_spans',
      'guarded_windows',
      'n_best_lists',
      'language_probability',
      'speaker',
    ];
    const records = await read(await olderFile(missing));
    assert.deepEqual(
      records,
      ['a', 'b'].map((id) => ({
        ...hypothesis,
        id,
        origin: { ...hypothesis.origin, speaker: null },
        languages: [],
        languageSpans: [],
        guardedWindows: 0,
        nBest: null,
        languageProbability: null,
      })),
    );
  });

  it('are refused without a column that every hypothesis has, with the version that wrote them', async () => {
    await assert.rejects(read(await olderFile(['text'])), {
      code: 'arrow-file',
      message: /older\.arrow, batch 1: column text is missing \(written by diglot 0\.0\.1\); write the file again\.$/,
    });
  });

  it('may lack a field inside a list, too', () => {
    const older = list(struct({ text: utf8 }));
    const newer = list(struct({ text: utf8, scores: since(list(float64), []), note: nullable(utf8) }));
    const rows = older.builder('pieces');
    for (const row of [[{ text: 'a' }, { text: 'b' }], []]) rows.append(row);
    const read = readerOf(newer, rows.finish(), 'pieces');
    assert.deepEqual(read(0), [
      { text: 'a', scores: [], note: null },
      { text: 'b', scores: [], note: null },
    ]);
    assert.deepEqual(read(1), []);
  });
});
