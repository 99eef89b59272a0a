import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordBase } from '../../src/records.ts';
import { openPart } from '../../src/tables/part-writer.ts';
import { readRecords } from '../../src/tables/reader.ts';
import { tableOf } from '../../src/tables/record-tables.ts';
import { inferTable } from '../../src/tables/infer-table.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { record, recordsByKind, text } from '../support/records.ts';

const runs = 60;

describe('tables', () => {
  const folder = folderPerTest();

  async function writtenAndRead(records: readonly RecordBase[], rowsPerBatch: number): Promise<RecordBase[]> {
    const [first] = records;
    assert.ok(first);
    const path = folder('records.arrow');
    const part = await openPart(path, tableOf(first.kind) ?? inferTable(first), new Map(), rowsPerBatch);
    for (const each of records) await part.append(each);
    await part.commit();
    const read: RecordBase[] = [];
    for await (const each of readRecords(path)) read.push(each);
    return read;
  }

  for (const [kind, arbitrary] of Object.entries(recordsByKind)) {
    it(`give back every ${kind} as it was written`, async () => {
      const some = fc.array(arbitrary as fc.Arbitrary<RecordBase>, { minLength: 1, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(some, fc.integer({ min: 1, max: 25 }), async (records, rowsPerBatch) => {
          assert.deepEqual(await writtenAndRead(records, rowsPerBatch), records);
        }),
        { numRuns: runs },
      );
    });
  }

  it("give back a plugin's records, whatever plain values they hold", async () => {
    const plain = record({
      kind: fc.constant('pitch'),
      id: text,
      contour: fc.float64Array({ maxLength: 9, noNaN: true, noDefaultInfinity: true }),
      marks: fc.int16Array({ maxLength: 9 }),
      voiced: fc.boolean(),
      frames: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      hertz: fc.double({ noNaN: true, noDefaultInfinity: true }),
      tags: fc.array(text, { minLength: 1, maxLength: 3 }),
      steps: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 3 }),
      unknown: fc.constant(null),
      nested: record({ speaker: text, depth: record({ level: fc.nat() }), notes: fc.array(record({ at: fc.nat() })) }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(plain, { minLength: 1, maxLength: 10 }), async (records) => {
        assert.deepEqual(await writtenAndRead(records, 3), records);
      }),
      { numRuns: runs },
    );
  });

  it('keep what a field without type in the first record becomes later, as JSON', async () => {
    const records = [
      { kind: 'note', id: 'a', value: null },
      { kind: 'note', id: 'b', value: { deep: [1, 'two', null] } },
    ];
    assert.deepEqual(await writtenAndRead(records, 10), records);
  });
});
