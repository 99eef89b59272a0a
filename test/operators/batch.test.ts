import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { RecordError, UsageError } from '../../src/errors.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { batch } from '../../src/operators/batch.ts';
import type { AnyRecord, Batch, Utterance } from '../../src/records.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';
import { planOf, sinkTo, sourceOf, utterance, utterances } from '../support/plans.ts';

type Options = NonNullable<Parameters<typeof batch>[0]>;

function batches(records: readonly AnyRecord[], options: Options): Promise<Batch[]> {
  return lastValueFrom(from(records).pipe(batch(options), toArray()));
}

const idsOf = (all: readonly Batch[]): string[][] => all.map(({ records }) => records.map(({ id }) => id));
const ofSeconds = (...seconds: number[]): Utterance[] =>
  seconds.map((each, index) => utterance(`${index}:${each}`, each));

describe('batch', () => {
  it('gives full batches, then what is left, each under the id of its first record', async () => {
    const all = await batches(utterances(5), { count: 2 });
    assert.deepEqual(idsOf(all), [['0', '1'], ['2', '3'], ['4']]);
    assert.deepEqual(
      all.map(({ id }) => id),
      ['0', '2', '4'],
    );
  });

  it('does not pass maxSeconds, except with one record that does so alone', async () => {
    const all = await batches(ofSeconds(4, 4, 4, 20, 1, 9, 1), { maxSeconds: 10 });
    assert.deepEqual(idsOf(all), [['0:4', '1:4'], ['2:4'], ['3:20'], ['4:1', '5:9'], ['6:1']]);
  });

  it('keeps lengths apart by buckets, bounds belonging to the shorter', async () => {
    const all = await batches(ofSeconds(1, 6, 5, 20, 7, 30), { count: 2, buckets: [5, 10] });
    assert.deepEqual(idsOf(all), [
      ['0:1', '2:5'],
      ['1:6', '4:7'],
      ['3:20', '5:30'],
    ]);
  });

  it('puts every record into one batch, within its limits and in order, and holds no more than it declares', () => {
    const seconds = fc.double({ min: 0, max: 30, noNaN: true });
    const options = fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      maxSeconds: fc.option(fc.double({ min: 1, max: 60, noNaN: true })),
      buckets: fc.constantFrom<number[][]>([], [10], [5, 15]),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(seconds, { maxLength: 40 }), options, async (lengths, given) => {
        const records = ofSeconds(...lengths);
        const all = await batches(records, given);
        const bucketOf = (length: number) => given.buckets.filter((bound) => length > bound).length;
        assert.deepEqual(new Set(all.flatMap((each) => each.records)), new Set(records));
        assert.equal(all.flatMap((each) => each.records).length, records.length);
        for (const { records: held } of all) {
          const durations = (held as Utterance[]).map(({ duration }) => duration as number);
          const sum = durations.reduce((total, duration) => total + duration, 0);
          assert.ok(held.length <= given.count);
          assert.ok(held.length === 1 || sum <= (given.maxSeconds ?? Infinity));
          assert.equal(new Set(durations.map(bucketOf)).size, 1);
          assert.deepEqual(
            held,
            [...held].sort((one, other) => records.indexOf(one as Utterance) - records.indexOf(other as Utterance)),
          );
        }
        const plan = planOf(
          {
            source: { op: sourceOf(() => records) },
            batch: { op: batch, from: 'source', with: given },
            sink: { op: sinkTo([]), from: 'batch' },
          },
          batch.description.holds?.(batch.description.options.parse(given)) ?? 1,
        );
        assert.equal((await startGraph(plan, { note: () => undefined }).finished).failure, null);
      }),
      { numRuns: 60 },
    );
  });

  it('lets an incomplete batch go when its first record has waited long enough', async () => {
    const clock = new ManualClock();
    const taken: AnyRecord[] = [];
    const source = sourceOf(async function* (_, { signal }) {
      yield utterance('a');
      yield utterance('b');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const graph = startGraph(
      planOf({
        source: { op: source },
        batch: { op: batch, from: 'source', with: { waitSeconds: 2 } },
        sink: { op: sinkTo(taken), from: 'batch' },
      }),
      { note: () => undefined, clock },
    );
    await settle();
    clock.advance(1.9);
    await settle();
    assert.equal(taken.length, 0);
    clock.advance(0.1);
    await settle();
    assert.deepEqual(idsOf(taken as Batch[]), [['a', 'b']]);
    graph.drain();
    assert.equal((await graph.finished).conserved, true);
  });

  it('refuses records of unknown length where lengths count, and bounds that do not rise', async () => {
    await assert.rejects(
      batches([utterance('a', null)], { maxSeconds: 3 }),
      (error) => error instanceof RecordError && error.code === 'unknown-duration',
    );
    assert.equal((await batches([utterance('a', null)], {})).length, 1);
    assert.throws(
      () => batch({ buckets: [5, 5] }),
      (error) => error instanceof UsageError && /buckets/.test(error.message),
    );
  });
});
