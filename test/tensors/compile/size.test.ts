import assert from 'node:assert/strict';
import fc from 'fast-check';
import { constant, evaluate, fitSize, formatSize, samplesOf, type Size } from '../../../src/tensors/compile/size.ts';

const names = ['n', 'past', 'rows'];
const factor = fc.integer({ min: -9, max: 9 });
/** A sum over the constant, each name and each pair. */
const sums = fc
  .tuple(factor, ...['n', 'past', 'rows', 'n*past', 'n*rows', 'past*rows'].map(() => factor))
  .map(([base = 0, ...factors]) => {
    const products = [['n'], ['past'], ['rows'], ['n', 'past'], ['n', 'rows'], ['past', 'rows']];
    const terms = factors
      .map((factor, index) => ({ factor, names: products[index]! }))
      .filter(({ factor }) => factor !== 0);
    return [...terms, ...constant(base)] as Size;
  });

describe('sizes that depend on named sizes', () => {
  it('are found again from their values at the samples', () => {
    fc.assert(
      fc.property(sums, (size) => {
        const found = fitSize(
          samplesOf(names).map((sample) => evaluate(size, sample)),
          names,
        );
        assert.ok(found !== null);
        const elsewhere = { n: 11, past: 101, rows: 1009 };
        assert.equal(evaluate(found, elsewhere), evaluate(size, elsewhere));
      }),
    );
  });

  it('are refused when they are no such sum', () => {
    for (const other of [
      ({ n = 0 }) => n * n,
      ({ n = 0 }) => Math.floor(n / 2),
      ({ n = 0, past = 0, rows = 0 }) => n * past * rows,
      ({ n = 0, past = 0 }) => Math.max(n, past + 1),
    ]) {
      assert.equal(fitSize(samplesOf(names).map(other), names), null, String(other));
    }
  });

  it('read as sums', () => {
    const values = samplesOf(names).map(({ n = 0, past = 0, rows = 0 }) => 2 * n * rows + past + 7);
    assert.equal(formatSize(fitSize(values, names)!), '2*n*rows+past+7');
  });
});
