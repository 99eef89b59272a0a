import assert from 'node:assert/strict';
import { z } from 'zod';
import { RecordError, UsageError } from '../../src/errors.ts';
import { GraphError } from '../../src/graphs/running/failure.ts';
import type { Plan } from '../../src/graphs/plan.ts';
import type { RunningGraph, RunReport } from '../../src/graphs/report.ts';
import { startGraph, type StartOptions } from '../../src/graphs/run.ts';
import { type AnyOperator, defineOperator } from '../../src/operators/define-operator.ts';
import type { AnyRecord, ErrorRow } from '../../src/records.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';
import { eachOf, expandOf, gatherOf, planOf, sinkTo, sourceOf, utterance, utterances } from '../support/plans.ts';

const ids = (records: readonly AnyRecord[]): string[] => records.map(({ id }) => id);
const start = (plan: Plan, options: Partial<StartOptions> = {}): RunningGraph =>
  startGraph(plan, { note: () => undefined, ...options });
const run = (plan: Plan, options: Partial<StartOptions> = {}): Promise<RunReport> => start(plan, options).finished;
const counted = (count: number): AnyOperator => sourceOf(() => utterances(count));
const pass = eachOf((record) => record);
const failing = (which: (id: string) => boolean): AnyOperator =>
  eachOf((record) => {
    if (which(record.id)) throw new RecordError('test', `${record.id} is broken`);
    return record;
  });
const never = (): Promise<never> => new Promise(() => undefined);

describe('errors', () => {
  it('become rows that say what failed where, while the rest goes on', async () => {
    const taken: AnyRecord[] = [];
    const rows: AnyRecord[] = [];
    const told: ErrorRow[] = [];
    const report = await run(
      planOf({
        source: { op: counted(3) },
        work: { op: failing((id) => id === '1'), from: 'source' },
        sink: { op: sinkTo(taken), from: 'work' },
        bad: { op: sinkTo(rows), from: 'work.errors' },
      }),
      { onErrorRow: (row) => told.push(row) },
    );
    const row = {
      kind: 'error',
      id: '1',
      node: 'work',
      code: 'test',
      message: '1 is broken',
      attempt: 1,
      path: '1.wav',
      source: '1',
      utterance: utterance('1'),
    };
    assert.deepEqual(rows, [row]);
    assert.deepEqual(told, [row]);
    assert.deepEqual(ids(taken), ['0', '2']);
    // The row was written, but the record was not.
    assert.deepEqual([report.written, report.failed, report.conserved], [2, 1, true]);
  });

  it('let a record be tried again, that record only', async () => {
    const tries = new Map<string, number>();
    const flaky = eachOf(async ({ id }) => {
      const attempt = (tries.get(id) ?? 0) + 1;
      tries.set(id, attempt);
      if (id === '1' && attempt < 3) throw new RecordError('flaky', 'not yet');
      return utterance(id);
    });
    const taken: AnyRecord[] = [];
    const report = await run(
      planOf({
        source: { op: counted(3) },
        work: { op: flaky, from: 'source', onError: { attempts: 3 } },
        sink: { op: sinkTo(taken), from: 'work' },
      }),
    );
    assert.deepEqual(
      [...tries],
      [
        ['0', 1],
        ['1', 3],
        ['2', 1],
      ],
    );
    assert.deepEqual(ids(taken), ['0', '1', '2']);
    assert.equal(report.failed, 0);
  });

  it('say after how many attempts a record was given up', async () => {
    const rows: ErrorRow[] = [];
    await run(
      planOf({
        source: { op: counted(1) },
        work: { op: failing(() => true), from: 'source', onError: { attempts: 4 } },
        sink: { op: sinkTo([]), from: 'work' },
      }),
      { onErrorRow: (row) => rows.push(row) },
    );
    assert.deepEqual(
      rows.map(({ attempt }) => attempt),
      [4],
    );
  });

  it('stop the run at the first one where onError.action says so', async () => {
    const report = await run(
      planOf({
        source: { op: counted(9) },
        work: { op: failing((id) => id === '4'), from: 'source', onError: { action: 'stop' } },
        sink: { op: sinkTo([]), from: 'work' },
      }),
    );
    assert.equal(report.outcome, 'failed');
    assert.ok(report.failure instanceof GraphError);
    assert.deepEqual([report.failure.code, report.failure.node, report.failure.record], ['stopped', 'work', '4']);
    assert.ok(report.failure.cause instanceof RecordError);
  });

  for (const [failures, outcome] of [
    [2, 'done'],
    [3, 'failed'],
  ] as const) {
    it(`of ${failures} in the first 20 records leave a run with maxRate 0.1 ${outcome}`, async () => {
      const report = await run(
        planOf({
          source: { op: counted(100) },
          work: { op: failing((id) => Number(id) < failures), from: 'source', onError: { maxRate: 0.1 } },
          sink: { op: sinkTo([]), from: 'work' },
        }),
      );
      assert.equal(report.outcome, outcome);
      if (outcome === 'failed') {
        assert.match(report.failure?.message ?? '', /3 of 20 records failed, more than onError.maxRate 0.1 allows/);
      }
    });
  }

  it('are measured against the records that came to an end, not against those that wait', async () => {
    const slow = eachOf(async (record) => {
      await Promise.resolve();
      if (Number(record.id) < 3) throw new RecordError('test', 'broken');
      return record;
    });
    const plan = planOf(
      {
        source: { op: counted(40) },
        work: { op: slow, from: 'source', onError: { maxRate: 0.1 } },
        sink: { op: sinkTo([]), from: 'work' },
      },
      40,
    );
    assert.match((await run(plan)).failure?.message ?? '', /3 of 20 records failed/);
  });

  it('are not met with a second attempt where an expand has given records already', async () => {
    const taken: AnyRecord[] = [];
    const rows: ErrorRow[] = [];
    let opened = 0;
    const torn = expandOf(function* (record) {
      opened += 1;
      if (record.id === '0' && opened === 1) throw new RecordError('busy', 'not yet');
      yield utterance(`${record.id}a`);
      if (record.id === '1') throw new RecordError('torn', 'the rest is missing');
      yield utterance(`${record.id}b`);
    });
    const plan = planOf({
      source: { op: counted(2) },
      cut: { op: torn, from: 'source', onError: { attempts: 3 } },
      sink: { op: sinkTo(taken), from: 'cut' },
    });
    const report = await run(plan, { onErrorRow: (row) => rows.push(row) });
    assert.deepEqual(ids(taken), ['0a', '0b', '1a']);
    assert.deepEqual(
      rows.map(({ id, code, attempt }) => [id, code, attempt]),
      [['1', 'torn', 1]],
    );
    assert.deepEqual([report.written, report.failed, report.conserved], [1, 1, true]);
  });

  it('that are no RecordError are bugs: the run stops and names node, operator and record', async () => {
    const cause = new TypeError('x is not a function');
    for (const broken of [
      eachOf(() => {
        throw cause;
      }),
      eachOf(() => Promise.reject(cause)),
      expandOf(() => {
        throw cause;
      }),
    ]) {
      const report = await run(
        planOf({
          source: { op: counted(3) },
          work: { op: broken, from: 'source', onError: { attempts: 5 } },
          sink: { op: sinkTo([]), from: 'work' },
        }),
      );
      assert.equal(report.outcome, 'failed');
      assert.ok(report.failure instanceof GraphError);
      const { node, operator, record } = report.failure;
      assert.deepEqual([node, operator, record], ['work', broken.description.name, '0']);
      assert.equal(report.failure.cause, cause);
      assert.match(report.failure.message, /"test-\w+" \(node work\).*"0": x is not a function/);
    }
  });

  it('in the place of a source record are rows under the id at fault, and the source goes on', async () => {
    const rows: ErrorRow[] = [];
    const taken: AnyRecord[] = [];
    const source = sourceOf(function* () {
      yield utterance('a');
      yield new RecordError('bad-line', 'line 2 is no JSON', { id: 'manifest:2' });
      yield utterance('b');
    });
    const report = await run(planOf({ source: { op: source }, sink: { op: sinkTo(taken), from: 'source' } }), {
      onErrorRow: (row) => rows.push(row),
    });
    assert.deepEqual(
      rows.map(({ id, code }) => [id, code]),
      [['manifest:2', 'bad-line']],
    );
    assert.deepEqual(ids(taken), ['a', 'b']);
    assert.deepEqual([report.pulled, report.written, report.failed, report.conserved], [3, 2, 1, true]);
  });

  it('that break a source off fail the run, for what it had still to give is lost', async () => {
    const source = sourceOf(function* () {
      yield utterance('a');
      throw new RecordError('truncated', 'the file ends in its midst');
    });
    const report = await run(planOf({ source: { op: source }, sink: { op: sinkTo([]), from: 'source' } }));
    assert.equal(report.outcome, 'failed');
    assert.match(report.failure?.message ?? '', /broke off: the file ends in its midst/);
  });
});

describe('opening', () => {
  const opened = (name: string, open: () => unknown): AnyOperator =>
    defineOperator(
      { name, summary: 'Opens.', shape: 'each', input: 'any', output: 'same', options: z.strictObject({}) },
      async () => {
        await open();
        return (record) => record;
      },
    );

  it('is over for every operator before the first record is pulled', async () => {
    const events: string[] = [];
    const source = sourceOf(function* () {
      events.push('pulled');
      yield utterance('a');
    });
    await run(
      planOf({
        source: { op: source },
        one: { op: opened('one', () => settle(3).then(() => events.push('one'))), from: 'source' },
        two: { op: opened('two', () => events.push('two')), from: 'one' },
        sink: { op: sinkTo([]), from: 'two' },
      }),
    );
    assert.deepEqual(events, ['one', 'two', 'pulled']);
  });

  it('that fails by the fault of the user gives that very error and loses nothing', async () => {
    const fault = new UsageError('model', 'There is no model "x".');
    const report = await run(
      planOf({
        source: { op: counted(3) },
        work: { op: opened('work', () => Promise.reject(fault)), from: 'source' },
        sink: { op: sinkTo([]), from: 'work' },
      }),
    );
    assert.equal(report.failure, fault);
    assert.deepEqual([report.outcome, report.pulled, report.conserved], ['failed', 0, true]);
  });

  it('tells an operator the kind that reaches it', async () => {
    const kinds: unknown[] = [];
    const curious = defineOperator(
      { name: 'curious', summary: 'Asks.', shape: 'each', input: 'any', output: 'same', options: z.strictObject({}) },
      (_, { inputKind }) => {
        kinds.push(inputKind);
        return (record) => record;
      },
    );
    const typed = defineOperator(
      {
        name: 'typed',
        summary: 'Tells.',
        shape: 'expand',
        input: null,
        output: 'utterance',
        options: z.strictObject({}),
      },
      () => () => utterances(1),
    );
    await run(
      planOf({
        source: { op: typed },
        one: { op: curious, from: 'source' },
        two: { op: curious, from: 'one' },
        three: { op: curious, from: 'two.errors' },
        four: { op: curious, from: ['source', 'two.errors'] },
        sink: { op: sinkTo([]), from: ['two', 'three', 'four'] },
      }),
    );
    assert.deepEqual(kinds, ['utterance', 'utterance', 'error', undefined]);
  });

  it('can be aborted, whatever an operator does meanwhile', async () => {
    const clock = new ManualClock();
    const work = opened('work', never);
    const graph = start(
      planOf({
        source: { op: counted(1) },
        work: { op: work, from: 'source' },
        sink: { op: sinkTo([]), from: 'work' },
      }),
      { clock },
    );
    await settle();
    graph.abort();
    await settle();
    clock.advance(2);
    assert.equal((await graph.finished).outcome, 'aborted');
  });
});

describe('closing', () => {
  const closing = (name: string, events: string[]): AnyOperator =>
    defineOperator(
      { name, summary: 'Closes.', shape: 'each', input: 'any', output: 'same', options: z.strictObject({}) },
      (_, { onClose }) => {
        onClose(async () => {
          await Promise.resolve();
          events.push(name);
        });
        return (record) => {
          if (record.id === 'bug') throw new Error('a bug');
          return record;
        };
      },
    );
  for (const id of ['fine', 'bug']) {
    it(`happens last opened first, when the run was ${id === 'fine' ? 'done' : 'failed'}`, async () => {
      const events: string[] = [];
      await run(
        planOf({
          source: { op: sourceOf(() => [utterance(id)]) },
          one: { op: closing('one', events), from: 'source' },
          two: { op: closing('two', events), from: 'one' },
          sink: { op: sinkTo([]), from: 'two' },
        }),
      );
      assert.deepEqual(events, ['two', 'one']);
    });
  }

  it('waits until operators have come out of their work, but not for ever', async () => {
    const events: string[] = [];
    const clock = new ManualClock();
    let finishWork = (): void => undefined;
    const plan = (work: () => Promise<AnyRecord>): Plan =>
      planOf({
        source: { op: counted(1) },
        one: { op: closing('closed', events), from: 'source' },
        work: { op: eachOf(work), from: 'one' },
        sink: { op: sinkTo([]), from: 'work' },
      });
    const polite = start(
      plan(() => new Promise((resolve) => (finishWork = () => resolve(utterance('a'))))),
      { clock },
    );
    await settle();
    polite.abort();
    await settle();
    assert.deepEqual(events, []);
    finishWork();
    await polite.finished;
    assert.deepEqual(events, ['closed']);

    const stubborn = start(plan(never), { clock });
    await settle();
    stubborn.abort();
    await settle();
    clock.advance(2);
    await stubborn.finished;
    assert.deepEqual(events, ['closed', 'closed']);
  });

  it('that throws fails a run that was fine before', async () => {
    const throwing = defineOperator(
      { name: 'throws', summary: 'Throws.', shape: 'each', input: 'any', output: 'same', options: z.strictObject({}) },
      (_, { onClose }) => {
        onClose(() => {
          throw new Error('the disk is full');
        });
        return (record) => record;
      },
    );
    const report = await run(
      planOf({
        source: { op: counted(1) },
        work: { op: throwing, from: 'source' },
        sink: { op: sinkTo([]), from: 'work' },
      }),
    );
    assert.equal(report.outcome, 'failed');
    assert.match(report.failure?.message ?? '', /the disk is full/);
  });
});

describe('draining and aborting', () => {
  it('drain frees a source that waits, finishes what is in flight and flushes', async () => {
    const taken: AnyRecord[] = [];
    let returned = false;
    const source = sourceOf(async function* (_, { signal }) {
      try {
        yield* utterances(3);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } finally {
        returned = true;
      }
    });
    const pairs = gatherOf(() => {
      const held: AnyRecord[] = [];
      return {
        add: (record) => (held.push(record), []),
        flush: () => held.splice(0).map((record) => ({ record, from: [record] })),
      };
    });
    const graph = start(
      planOf({
        source: { op: source },
        hold: { op: pairs, from: 'source' },
        sink: { op: sinkTo(taken), from: 'hold' },
      }),
    );
    await settle();
    assert.deepEqual(taken, []);
    graph.drain();
    const report = await graph.finished;
    await settle();
    assert.deepEqual([report.outcome, report.written, report.conserved, returned], ['drained', 3, true, true]);
    assert.deepEqual(ids(taken), ['0', '1', '2']);
  });

  it('drain does not wait for a source that does not listen', async () => {
    const clock = new ManualClock();
    const graph = start(
      planOf({
        source: { op: sourceOf(() => ({ [Symbol.asyncIterator]: () => ({ next: never }) })) },
        sink: { op: sinkTo([]), from: 'source' },
      }),
      { clock },
    );
    await settle();
    graph.drain();
    await settle();
    clock.advance(2);
    assert.equal((await graph.finished).outcome, 'drained');
  });

  it('an operator that has enough ends the sources, and the run is done', async () => {
    const taken: AnyRecord[] = [];
    const first = defineOperator(
      {
        name: 'first-three',
        summary: 'Takes three.',
        shape: 'gather',
        input: 'any',
        output: 'same',
        options: z.strictObject({}),
      },
      (_, { enough, progress }) => {
        let seen = 0;
        return {
          add: (record) => {
            seen += 1;
            progress({ done: Math.min(seen, 3), of: 3, unit: 'records', words: '' });
            if (seen === 3) enough();
            return [{ record: seen > 3 ? null : record, from: [record] }];
          },
          flush: () => [],
        };
      },
    );
    const endless = sourceOf(async function* () {
      for (let index = 0; ; index += 1) yield utterance(String(index));
    });
    const graph = start(
      planOf({
        source: { op: endless },
        first: { op: first, from: 'source' },
        sink: { op: sinkTo(taken), from: 'first' },
      }),
    );
    const report = await graph.finished;
    assert.deepEqual([report.outcome, report.conserved, report.written], ['done', true, 3]);
    assert.deepEqual(ids(taken), ['0', '1', '2']);
    assert.deepEqual(report.progress, { done: 3, of: 3, unit: 'records', words: '' });
  });

  it('drain before the first pull gives an empty run', async () => {
    const graph = start(planOf({ source: { op: counted(5) }, sink: { op: sinkTo([]), from: 'source' } }));
    graph.drain();
    const report = await graph.finished;
    assert.deepEqual([report.outcome, report.pulled], ['drained', 0]);
  });

  it('abort tells operators by their signal and does not flush', async () => {
    let flushed = false;
    let signalled = false;
    const patient = gatherOf(
      () => ({
        add: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              signalled = true;
              reject(signal.reason as Error);
            });
          }),
        flush: () => {
          flushed = true;
          return [];
        },
      }),
      { sink: true },
    );
    const graph = start(planOf({ source: { op: counted(5) }, sink: { op: patient, from: 'source' } }));
    await settle();
    graph.abort();
    const report = await graph.finished;
    assert.deepEqual([report.outcome, report.failure, signalled, flushed], ['aborted', null, true, false]);
    assert.match(report.imbalances.join(), /4 were in flight when the run was stopped/);
  });

  it('abort frees a source that waits', async () => {
    let returned = false;
    const source = sourceOf(async function* (_, { signal }) {
      try {
        yield utterance('a');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } finally {
        returned = true;
      }
    });
    const graph = start(planOf({ source: { op: source }, sink: { op: sinkTo([]), from: 'source' } }));
    await settle();
    graph.abort();
    await graph.finished;
    assert.equal(returned, true);
  });

  it('a source without end leaves room for the clock and for Ctrl-C', async () => {
    const endless = sourceOf(function* () {
      for (;;) yield utterance('again');
    });
    const graph = start(
      planOf({ source: { op: endless }, work: { op: pass, from: 'source' }, sink: { op: sinkTo([]), from: 'work' } }),
    );
    setImmediate(() => setImmediate(() => graph.drain()));
    assert.equal((await graph.finished).outcome, 'drained');
  });
});

describe('conservation', () => {
  it('fails where a gather swallows a record, and names it', async () => {
    const greedy = gatherOf(() => ({
      add: (record) => (record.id === '1' ? [] : [{ record, from: [record] }]),
      flush: () => [],
    }));
    const report = await run(
      planOf({
        source: { op: counted(3) },
        greedy: { op: greedy, from: 'source' },
        sink: { op: sinkTo([]), from: 'greedy' },
      }),
    );
    assert.equal(report.conserved, false);
    assert.deepEqual(report.imbalances, [
      'Of 3 records pulled 2 were written, 0 failed, 0 were dropped, and 1 never came to an end.',
      'The operator "test-gather" (node greedy) never let go 1 of the 3 records that it took.',
    ]);
  });

  it('fails where a gather lets a record go twice, and names both', async () => {
    const generous = gatherOf(() => ({
      add: (record) => [{ record, from: [record] }, ...(record.id === '1' ? [{ record, from: [record] }] : [])],
      flush: () => [],
    }));
    const report = await run(
      planOf({
        source: { op: counted(3) },
        twice: { op: generous, from: 'source' },
        sink: { op: sinkTo([]), from: 'twice' },
      }),
    );
    assert.equal(report.conserved, false);
    assert.deepEqual(report.imbalances, [
      'The operator "test-gather" (node twice) let the record "1" go although it did not hold it.',
    ]);
  });

  it('counts a record once that reaches a sink by two ways, by its worst end', async () => {
    const report = await run(
      planOf({
        source: { op: counted(6) },
        some: { op: eachOf((record) => (record.id === '1' ? undefined : record)), from: 'source' },
        most: { op: failing((id) => id === '1' || id === '2'), from: 'source' },
        sink: { op: sinkTo([]), from: ['some', 'most'] },
      }),
    );
    assert.deepEqual([report.pulled, report.written, report.dropped, report.failed], [6, 4, 0, 2]);
  });

  it('lets a reader of `dropped` decide the end of what was filtered', async () => {
    const rest: AnyRecord[] = [];
    const report = await run(
      planOf({
        source: { op: counted(4) },
        even: { op: eachOf((record) => (Number(record.id) % 2 === 0 ? record : undefined)), from: 'source' },
        sink: { op: sinkTo([]), from: 'even' },
        rest: { op: sinkTo(rest), from: 'even.dropped' },
      }),
    );
    assert.deepEqual([ids(rest), report.written, report.dropped], [['1', '3'], 4, 0]);
  });

  it('drops a record of which an expand makes nothing', async () => {
    const report = await run(
      planOf({
        source: { op: counted(3) },
        cut: { op: expandOf(({ id }) => utterances(Number(id))), from: 'source' },
        sink: { op: sinkTo([]), from: 'cut' },
      }),
    );
    assert.deepEqual([report.written, report.dropped], [2, 1]);
  });

  it('lists the parts that sinks wrote', async () => {
    const part = { kind: 'part', id: 'out', path: 'out.arrow', rows: 2, bytes: 99 } as const;
    const sink = gatherOf(
      () => ({ add: (record) => [{ record: null, from: [record] }], flush: () => [{ record: part, from: [] }] }),
      { sink: true },
    );
    const report = await run(planOf({ source: { op: counted(2) }, sink: { op: sink, from: 'source' } }));
    assert.deepEqual([report.parts, report.written], [[{ path: 'out.arrow', rows: 2, bytes: 99 }], 2]);
  });
});

describe('flow', () => {
  it('never has more than `concurrency` records in work, and keeps their order', async () => {
    let atWork = 0;
    let most = 0;
    const uneven = eachOf(async (record) => {
      atWork += 1;
      most = Math.max(most, atWork);
      await settle(Number(record.id) % 3);
      atWork -= 1;
      return record;
    });
    const taken: AnyRecord[] = [];
    await run(
      planOf(
        {
          source: { op: counted(20) },
          work: { op: uneven, from: 'source', concurrency: 3 },
          sink: { op: sinkTo(taken), from: 'work' },
        },
        10,
      ),
    );
    assert.equal(most, 3);
    assert.deepEqual(ids(taken), ids(utterances(20)));
  });

  it('pulls an expand in the midst of a graph only as fast as its records are used up', async () => {
    let cut = 0;
    let used = 0;
    let most = 0;
    const pieces = expandOf(function* (record) {
      for (let index = 0; index < 5000; index += 1) {
        cut += 1;
        yield utterance(`${record.id}/${index}`);
      }
    });
    const slow = eachOf(async (record) => {
      await Promise.resolve();
      most = Math.max(most, cut - used);
      used += 1;
      return record;
    });
    const report = await run(
      planOf(
        {
          source: { op: counted(2) },
          cut: { op: pieces, from: 'source' },
          slow: { op: slow, from: 'cut' },
          sink: { op: sinkTo([]), from: 'slow' },
        },
        8,
      ),
    );
    assert.deepEqual([used, report.pulled, report.written], [10_000, 2, 2]);
    assert.ok(most <= 8, `${most} pieces at once`);
  });

  it('opens the next input of an expand while the one before it is at work, as far as concurrency allows', async () => {
    const opened: string[] = [];
    const taken: AnyRecord[] = [];
    const reader = expandOf(async function* (record) {
      opened.push(record.id);
      await settle(record.id === '0' ? 6 : 1);
      yield utterance(`${record.id}a`);
      yield utterance(`${record.id}b`);
    });
    const graph = start(
      planOf({
        source: { op: counted(3) },
        cut: { op: reader, from: 'source', concurrency: 2 },
        sink: { op: sinkTo(taken), from: 'cut' },
      }),
    );
    await settle(3);
    assert.deepEqual([opened, taken], [['0', '1'], []]);
    await graph.finished;
    assert.deepEqual(ids(taken), ['0a', '0b', '1a', '1b', '2a', '2b']);
  });

  it('runs synchronous operators within one turn of the event loop', async () => {
    const taken: AnyRecord[] = [];
    let atFirst = 0;
    const source = sourceOf(function* () {
      queueMicrotask(() => (atFirst = taken.length));
      yield* utterances(50);
    });
    await run(
      planOf(
        { source: { op: source }, work: { op: pass, from: 'source' }, sink: { op: sinkTo(taken), from: 'work' } },
        2,
      ),
    );
    assert.equal(atFirst, 50);
  });

  it('ends, naming the nodes, when gathers hold all leases', async () => {
    const hoard = gatherOf(() => {
      const held: AnyRecord[] = [];
      return {
        add: (record) =>
          held.push(record) === 8 ? held.splice(0).map((each) => ({ record: each, from: [each] })) : [],
        flush: () => held.splice(0).map((each) => ({ record: each, from: [each] })),
      };
    });
    const report = await run(
      planOf(
        { source: { op: counted(20) }, hoard: { op: hoard, from: 'source' }, sink: { op: sinkTo([]), from: 'hoard' } },
        4,
      ),
    );
    assert.equal(report.outcome, 'failed');
    assert.match(report.failure?.message ?? '', /all 4 leases are out, and hoard holds 4\. Raise inFlight/);
  });

  it('lets go what a gather holds when its time is up', async () => {
    const clock = new ManualClock();
    const taken: AnyRecord[] = [];
    const patient = gatherOf(
      () => {
        const held: AnyRecord[] = [];
        return {
          add: (record) => (held.push(record), []),
          flush: () => held.splice(0).map((record) => ({ record, from: [record] })),
        };
      },
      { waitSeconds: 5 },
    );
    const graph = start(
      planOf(
        {
          source: { op: counted(6) },
          hold: { op: patient, from: 'source' },
          sink: { op: sinkTo(taken), from: 'hold' },
        },
        4,
      ),
      { clock },
    );
    await settle();
    clock.advance(4.9);
    await settle();
    assert.deepEqual(taken, []);
    clock.advance(0.1);
    await settle();
    // Four leases came free, and with the last two records the source is at its end: the rest is flushed at once.
    assert.deepEqual(ids(taken), ids(utterances(6)));
    assert.equal((await graph.finished).outcome, 'done');
    assert.equal(clock.armed, 0);
  });
});

describe('status', () => {
  it('tells what is in work, waits and is held, who is busy, and what is to come', async () => {
    const clock = new ManualClock();
    const source = defineOperator(
      {
        name: 'told',
        summary: 'Tells.',
        shape: 'expand',
        input: null,
        output: 'utterance',
        options: z.strictObject({}),
      },
      (_, { expect }) => {
        expect(4, 8);
        return () => ['0', '1', '2', '3'].map((id) => utterance(id, 2));
      },
    );
    const releases: (() => void)[] = [];
    const work = eachOf((record) => new Promise((resolve) => releases.push(() => resolve(record))));
    const graph = start(
      planOf(
        {
          source: { op: source },
          work: { op: work, from: 'source', concurrency: 2 },
          sink: { op: sinkTo([]), from: 'work' },
        },
        3,
      ),
      { clock },
    );
    await settle();
    clock.advance(3);
    const { nodes, ...totals } = graph.status();
    assert.deepEqual(totals, {
      name: 'test',
      seconds: 3,
      inFlight: 3,
      inFlightLimit: 3,
      pulled: 3,
      written: 0,
      failed: 0,
      dropped: 0,
      present: 0,
      expected: 4,
      progress: null,
      expectedAudioSeconds: 8,
      audioSeconds: 0,
      bottleneck: 'work',
    });
    const [first, second] = nodes;
    assert.deepEqual([first?.given, first?.blockedSeconds, first?.busySeconds], [3, 3, 0]);
    assert.deepEqual([second?.active, second?.waiting, second?.busySeconds, second?.starvedSeconds], [2, 1, 3, 0]);
    for (let index = 0; index < 4; index += 1) {
      releases[index]?.();
      await settle();
    }
    const report = await graph.finished;
    assert.deepEqual([report.audioSeconds, report.written], [8, 4]);
  });
});
