import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { UsageError } from '../../src/errors.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { bucketBatch } from '../../src/operators/bucket-batch.ts';
import type { AnyRecord, Batch, Utterance } from '../../src/records.ts';
import { planOf, sinkTo, sourceOf, utterance } from '../support/plans.ts';

type Options = NonNullable<Parameters<typeof bucketBatch>[0]>;

const batches = (records: readonly AnyRecord[], options: Options): Promise<Batch[]> =>
  lastValueFrom(from(records).pipe(bucketBatch(options), toArray()));
const ofSeconds = (seconds: readonly number[]): Utterance[] =>
  seconds.map((each, index) => utterance(`u${index}`, each));
const secondsIn = ({ records }: Batch): number[] => (records as Utterance[]).map(({ duration }) => duration!);
const idsOf = (all: readonly Batch[]) => all.map(({ records }) => records.map(({ id }) => id));

describe('bucket-batch', () => {
  const lengths = Array.from({ length: 50 }, (_, index) => 1 + ((index * 37) % 50) / 10);

  it('puts every record into one batch, within its limits, pool after pool', () => {
    const seconds = fc.double({ min: 0.1, max: 30, noNaN: true });
    const options = fc
      .record({
        count: fc.integer({ min: 1, max: 5 }),
        more: fc.integer({ min: 0, max: 8 }),
        maxPadding: fc.double({ min: 0, max: 1, noNaN: true }),
        maxSeconds: fc.option(fc.double({ min: 1, max: 60, noNaN: true })),
        seed: fc.integer(),
      })
      .map(({ more, ...rest }) => ({ ...rest, pool: rest.count + more }));
    return fc.assert(
      fc.asyncProperty(fc.array(seconds, { maxLength: 30 }), options, async (all, given) => {
        const records = ofSeconds(all);
        const made = await batches(records, given);
        assert.deepEqual(idsOf(made).flat().sort(), records.map(({ id }) => id).sort());
        let from = 0;
        for (const batch of made) {
          const held = secondsIn(batch);
          const padded = held.length * Math.max(...held);
          const padding = 1 - held.reduce((sum, each) => sum + each, 0) / padded;
          assert.ok(held.length <= given.count);
          assert.ok(held.length === 1 || padding <= given.maxPadding + 1e-9);
          assert.ok(held.length === 1 || padded <= (given.maxSeconds ?? Infinity) + 1e-9);
          // Of the pool that is being emptied, none of a later one.
          const places = batch.records.map((record) => records.indexOf(record as Utterance));
          const pool = Math.floor(from / given.pool);
          assert.ok(places.every((place) => Math.floor(place / given.pool) === pool));
          from += held.length;
        }
      }),
    );
  });

  it('has less padding than batches in the order of arrival', async () => {
    const wasted = (all: readonly number[][]) =>
      all.reduce((sum, held) => sum + held.length * Math.max(...held) - held.reduce((a, b) => a + b, 0), 0);
    const bucketed = await batches(ofSeconds(lengths), { count: 5, pool: 25 });
    const inOrder = Array.from({ length: 10 }, (_, at) => lengths.slice(5 * at, 5 * at + 5));
    assert.ok(wasted(bucketed.map(secondsIn)) < 0.3 * wasted(inOrder));
  });

  it('draws the order of the batches by the seed', async () => {
    const made = idsOf(await batches(ofSeconds(lengths), { count: 5, pool: 25 }));
    assert.deepEqual(idsOf(await batches(ofSeconds(lengths), { count: 5, pool: 25 })), made);
    const other = idsOf(await batches(ofSeconds(lengths), { count: 5, pool: 25, seed: 9 }));
    assert.notDeepEqual(other, made);
    assert.deepEqual([...other].sort(), [...made].sort());
  });

  it('works in a graph whose leases are a pool', async () => {
    const taken: AnyRecord[] = [];
    const graph = startGraph(
      planOf(
        {
          source: { op: sourceOf(() => ofSeconds(lengths)) },
          batch: { op: bucketBatch, from: 'source', with: { count: 4, pool: 16 } },
          sink: { op: sinkTo(taken), from: 'batch' },
        },
        16,
      ),
      { note: () => undefined },
    );
    const report = await graph.finished;
    assert.deepEqual([report.outcome, report.written, report.conserved], ['done', 50, true]);
  });

  it('refuses a pool below a batch', () => {
    assert.throws(() => bucketBatch({ count: 8, pool: 4 }), UsageError);
  });
});
