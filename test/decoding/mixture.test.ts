import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mix, mixtureWeights } from '../../src/decoding/mixture.ts';
import { wholeRow, type TokenRow } from '../../src/language/token-row.ts';

const logProbability = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: -60, max: 0, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(-Infinity) },
);
const asRow = (values: Float32Array): TokenRow => wholeRow(values, values.length);
const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe('the mixture of prompts', () => {
  it('is the weighted sum of what each prompt gives a token', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }).chain((prompts) =>
          fc.tuple(
            fc.array(fc.array(logProbability, { minLength: 7, maxLength: 7 }), {
              minLength: prompts,
              maxLength: prompts,
            }),
            fc.array(probability, { minLength: prompts, maxLength: prompts }),
          ),
        ),
        ([values, weights]) => {
          const rows = values.map((row) => Float32Array.from(row));
          mix(rows.map(asRow), weights).values.forEach((mixed, token) => {
            const expected = Math.log(rows.reduce((sum, row, i) => sum + weights[i]! * Math.exp(row[token]!), 0));
            if (expected < -100) assert.ok(mixed < -99);
            else assert.ok(Math.abs(mixed - expected) < 1e-4, `${mixed}, not ${expected}`);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('sums to 1 where its prompts do, and is a prompt that has all the weight', () => {
    const [a, b] = [Float32Array.of(0.25, 0.5, 0.25, 0), Float32Array.of(0, 0.125, 0.125, 0.75)].map((row) =>
      row.map(Math.log),
    );
    const sum = mix([a!, b!].map(asRow), [0.3, 0.7]).values.reduce((total, value) => total + Math.exp(value), 0);
    assert.ok(Math.abs(sum - 1) < 1e-6);
    assert.deepEqual(mix([a!, b!].map(asRow), [1, 0]).values, a);
    assert.deepEqual(mix([a!, b!].map(asRow), [0, 1]).values, b);
  });

  it('weighs by the shares of q over the languages, whatever q gives to other', () => {
    assert.deepEqual([...mixtureWeights([0.2, 0.8], 2)], [0.2, 0.8]);
    assert.deepEqual([...mixtureWeights([0.125, 0.375, 0.5], 2)], [0.25, 0.75]);
    assert.deepEqual([...mixtureWeights([0, 0, 1], 2)], [0.5, 0.5]);
  });
});
