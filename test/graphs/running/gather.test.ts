import assert from 'node:assert/strict';
import { RecordError } from '../../../src/errors.ts';
import type { RunReport } from '../../../src/graphs/report.ts';
import { startGraph, type StartOptions } from '../../../src/graphs/run.ts';
import type { AnyOperator } from '../../../src/operators/define-operator.ts';
import type { AnyRecord, ErrorRow } from '../../../src/records.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { eachOf, gatherOf, planOf, sinkTo, sourceOf, utterance, utterances } from '../../support/plans.ts';

const ids = (records: readonly AnyRecord[]): string[] => records.map(({ id }) => id);

function run(gather: AnyOperator, taken: AnyRecord[], options: Partial<StartOptions> = {}): Promise<RunReport> {
  const nodes = {
    source: { op: sourceOf(() => utterances(4)) },
    gather: { op: gather, from: 'source' },
    sink: { op: sinkTo(taken), from: 'gather' },
  };
  return startGraph(planOf(nodes), { note: () => undefined, ...options }).finished;
}

/** Holds everything until it is flushed. */
const keeping = (flush: (held: AnyRecord[]) => void = () => undefined): AnyOperator =>
  gatherOf(
    () => {
      const held: AnyRecord[] = [];
      return {
        add: (record) => {
          if (record.id === '2') throw new RecordError('odd', 'not this one');
          held.push(record);
          return [];
        },
        flush: () => {
          flush(held);
          return held.splice(0).map((record) => ({ record, from: [record] }));
        },
      };
    },
    { holds: 4 },
  );

describe('a gather', () => {
  it('does not hold a record that it could not take', async () => {
    const taken: AnyRecord[] = [];
    const report = await run(keeping(), taken);
    assert.deepEqual(ids(taken), ['0', '1', '3']);
    assert.deepEqual([report.written, report.failed, report.conserved], [3, 1, true]);
  });

  it('that cannot let go makes an error row of each record that it holds', async () => {
    const rows: ErrorRow[] = [];
    const taken: AnyRecord[] = [];
    const full = keeping(() => {
      throw new RecordError('disk-full', 'there is no room');
    });
    const report = await run(full, taken, { onErrorRow: (row) => rows.push(row) });
    assert.deepEqual(
      rows.map(({ id, code }) => [id, code]),
      [
        ['2', 'odd'],
        ['0', 'disk-full'],
        ['1', 'disk-full'],
        ['3', 'disk-full'],
      ],
    );
    assert.deepEqual([taken, report.failed, report.conserved], [[], 4, true]);
  });

  it('that is no sink drops what it lets go without a record', async () => {
    const thinning = gatherOf(() => ({
      add: (record) => [{ record: record.id === '1' ? null : record, from: [record] }],
      flush: () => [],
    }));
    const taken: AnyRecord[] = [];
    const report = await run(thinning, taken);
    assert.deepEqual([ids(taken), report.written, report.dropped], [['0', '2', '3'], 3, 1]);
  });

  it('tells a record apart from itself when it comes by two ways', async () => {
    const taken: AnyRecord[] = [];
    const one = utterance('a');
    const nodes = {
      source: { op: sourceOf(() => [one]) },
      same: { op: eachOf((record) => record), from: 'source' },
      gather: { op: keeping(), from: ['source', 'same'] },
      sink: { op: sinkTo(taken), from: 'gather' },
    };
    const report = await startGraph(planOf(nodes), { note: () => undefined }).finished;
    assert.deepEqual([ids(taken), report.pulled, report.written, report.conserved], [['a', 'a'], 1, 1, true]);
  });

  it('with a time limit counts it from the record that it holds longest', async () => {
    const clock = new ManualClock();
    const taken: AnyRecord[] = [];
    const wakes: (() => void)[] = [];
    const pairs = gatherOf(
      () => {
        const held: AnyRecord[] = [];
        const release = () => held.splice(0).map((record) => ({ record, from: [record] }));
        return { add: (record) => (held.push(record) === 2 ? release() : []), flush: release };
      },
      { holds: 2, waitSeconds: 10 },
    );
    const source = sourceOf(async function* () {
      for (const record of utterances(4)) {
        await new Promise<void>((resolve) => wakes.push(resolve));
        yield record;
      }
    });
    const nodes = {
      source: { op: source },
      pairs: { op: pairs, from: 'source' },
      sink: { op: sinkTo(taken), from: 'pairs' },
    };
    const graph = startGraph(planOf(nodes), { note: () => undefined, clock });
    const next = async (seconds: number): Promise<string[]> => {
      clock.advance(seconds);
      wakes.shift()?.();
      await settle();
      return ids(taken);
    };
    await settle();
    await next(0);
    assert.deepEqual(await next(6), ['0', '1']);
    // The third comes after 8 s. The timer of the first, after 10 s, must not let it go.
    await next(2);
    clock.advance(9);
    await settle();
    assert.deepEqual(ids(taken), ['0', '1']);
    clock.advance(1);
    await settle();
    assert.deepEqual(ids(taken), ['0', '1', '2']);
    await next(0);
    assert.equal((await graph.finished).written, 4);
  });
});
