import assert from 'node:assert/strict';
import type { Data } from 'apache-arrow';
import fc from 'fast-check';
import { RecordError } from '../../src/errors.ts';
import type { Hypothesis } from '../../src/records.ts';
import { bitAt } from '../../src/tables/columns/bool.ts';
import { appendRecord } from '../../src/tables/record-table.ts';
import { tableOf } from '../../src/tables/record-tables.ts';
import { recordsByKind } from '../support/records.ts';

/** The same hypothesis with one value late in it that no column takes. */
function broken(hypothesis: Hypothesis): Hypothesis {
  const [segment] = hypothesis.segments;
  if (segment === undefined) return { ...hypothesis, text: null as unknown as string };
  return { ...hypothesis, segments: [...hypothesis.segments, { ...segment, noSpeechProbability: NaN }] };
}

describe('appendRecord', () => {
  it('takes a record whole or not at all: columns are as if the broken ones had never come', () => {
    const table = tableOf('hypothesis');
    assert.ok(table);
    const some = fc.array(fc.tuple(recordsByKind.hypothesis, fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(some, (given) => {
        const mixed = table.row.builder('');
        const sound = table.row.builder('');
        for (const [record, isBroken] of given) {
          if (isBroken) assert.throws(() => appendRecord(table, mixed, broken(record)), RecordError);
          else for (const rows of [mixed, sound]) appendRecord(table, rows, record);
        }
        assert.deepEqual([mixed.length, mixed.byteLength], [sound.length, sound.byteLength]);
        assertSame(mixed.finish(), sound.finish());
      }),
      { numRuns: 60 },
    );
  });
});

/** Equal lengths and bytes all the way down, and as many nulls as the bitmap says. */
function assertSame(actual: Data, expected: Data): void {
  assert.equal(actual.length, expected.length);
  assert.equal(actual.nullCount, expected.nullCount);
  let nulls = 0;
  const bits = actual.nullCount > 0 ? actual.nullBitmap : undefined;
  for (let row = 0; bits !== undefined && row < actual.length; row += 1) if (!bitAt(bits, row)) nulls += 1;
  assert.equal(actual.nullCount, nulls);
  assert.deepEqual(actual.valueOffsets, expected.valueOffsets);
  assert.deepEqual(actual.values, expected.values);
  for (const [index, child] of actual.children.entries()) assertSame(child, expected.children[index] as Data);
}
