import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ColumnFault, readerOf } from '../../src/tables/columns/column.ts';
import { lazy } from '../../src/tables/columns/lazy.ts';
import { list } from '../../src/tables/columns/list.ts';
import { float64 } from '../../src/tables/columns/numbers.ts';
import { struct } from '../../src/tables/columns/struct.ts';
import { utf8 } from '../../src/tables/columns/utf8.ts';

const column = lazy(list(struct({ score: float64, language: utf8 })));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const values = fc.array(fc.array(fc.record({ score: finite, language: fc.string() }, { noNullPrototype: true })));

function stored(rows: readonly (readonly { readonly score: number; readonly language: string }[])[]) {
  const builder = column.builder('scores');
  for (const row of rows) builder.append(() => row);
  return builder.finish();
}

describe('lazy columns', () => {
  it('give the values that were appended, as often as they are asked', () =>
    fc.assert(
      fc.property(values, (rows) => {
        const read = readerOf(column, stored(rows), 'scores');
        const given = rows.map((_, row) => read(row));
        for (const value of given) assert.equal(value(), value());
        for (let again = 0; again < 2; again++)
          assert.deepEqual(
            given.map((value) => value()),
            rows,
          );
      }),
    ));

  it('tell a fault when the row is read, not when its value is asked for', () => {
    const data = stored([[{ score: 1, language: 'zh' }], [{ score: 2, language: 'en' }]]);
    const scores = data.children[0]!.children[0]!.values as Float64Array;
    scores[1] = NaN;
    const read = readerOf(column, data, 'scores');
    assert.deepEqual(read(0)(), [{ score: 1, language: 'zh' }]);
    assert.throws(
      () => read(1),
      (error) =>
        error instanceof ColumnFault && /scores\.score has something else than a finite number/.test(error.message),
    );
  });
});
