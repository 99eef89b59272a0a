import assert from 'node:assert/strict';
import { z } from 'zod';
import { RecordError } from '../../../src/errors.ts';
import type { RunReport } from '../../../src/graphs/report.ts';
import { startGraph } from '../../../src/graphs/run.ts';
import { defineOperator } from '../../../src/operators/define-operator.ts';
import type { AnyRecord, Utterance } from '../../../src/records.ts';
import { settle } from '../../support/manual-clock.ts';
import {
  eachOf,
  expandOf,
  gatherOf,
  joinOf,
  type NodeSketch,
  planOf,
  sessionOf,
  sinkTo,
  sourceOf,
  utterance,
  utterances,
} from '../../support/plans.ts';

const ids = (records: readonly AnyRecord[]): string[] => records.map(({ id }) => id);
const run = (nodes: Readonly<Record<string, NodeSketch>>, inFlight = 4): Promise<RunReport> =>
  startGraph(planOf(nodes, inFlight), { note: () => undefined }).finished;
const counted = (count: number) => sourceOf(() => utterances(count));
const marked = (speaker: string) => eachOf((record) => ({ ...(record as Utterance), speaker }));
const odd = eachOf((record) => (Number(record.id) % 2 === 1 ? record : undefined));

describe('a join of named ports', () => {
  it('gives an object with the records of one id, whichever came first', async () => {
    const pairs: unknown[] = [];
    const slow = eachOf(async (record) => {
      await settle(3 - (Number(record.id) % 3));
      return { ...(record as Utterance), speaker: 'slow' };
    });
    const both = joinOf((joined) => {
      pairs.push(Object.entries(joined).map(([port, record]) => [port, record.id, (record as Utterance).speaker]));
      return joined.left;
    });
    const report = await run({
      source: { op: counted(4) },
      slow: { op: slow, from: 'source', concurrency: 3 },
      fast: { op: marked('fast'), from: 'source' },
      both: { op: both, from: { left: 'slow', right: 'fast' } },
      sink: { op: sinkTo([]), from: 'both' },
    });
    assert.deepEqual(
      pairs,
      ['0', '1', '2', '3'].map((id) => [
        ['left', id, 'slow'],
        ['right', id, 'fast'],
      ]),
    );
    assert.deepEqual([report.written, report.conserved], [4, true]);
  });

  it('drops a record whose partner was filtered, at once, so that its lease comes free', async () => {
    const taken: AnyRecord[] = [];
    const left: AnyRecord[] = [];
    const report = await run(
      {
        source: { op: counted(50) },
        some: { op: odd, from: 'source' },
        both: { op: joinOf(), from: { left: 'source', right: 'some' } },
        sink: { op: sinkTo(taken), from: 'both' },
        rest: { op: sinkTo(left), from: 'both.dropped' },
      },
      1,
    );
    assert.deepEqual([taken.length, left.length], [25, 25]);
    assert.deepEqual([report.outcome, report.written, report.dropped, report.conserved], ['done', 25, 25, true]);
  });

  it('drops a record whose partner failed; the source record counts as failed', async () => {
    const broken = eachOf((record) => {
      if (record.id === '1') throw new RecordError('test', 'broken');
      return record;
    });
    const report = await run({
      source: { op: counted(3) },
      broken: { op: broken, from: 'source' },
      both: { op: joinOf(), from: { left: 'source', right: 'broken' } },
      sink: { op: sinkTo([]), from: 'both' },
    });
    assert.deepEqual([report.written, report.failed, report.dropped, report.conserved], [2, 1, 0, true]);
    assert.equal(report.nodes[2]?.dropped, 1);
  });

  it('waits for an optional port that is wired, and leaves out one that is not', async () => {
    const seen: string[][] = [];
    const optional = defineOperator(
      {
        name: 'optional',
        summary: 'Joins.',
        shape: 'each',
        input: { left: 'utterance', right: 'utterance?' },
        output: 'utterance',
        options: z.strictObject({}),
      },
      () => (joined) => {
        seen.push(Object.keys(joined));
        return joined.left;
      },
    );
    for (const right of [{}, { right: 'some' }]) {
      await run({
        source: { op: counted(2) },
        some: { op: odd, from: 'source' },
        both: { op: optional, from: { left: 'source', ...right } },
        sink: { op: sinkTo([]), from: 'both' },
      });
    }
    assert.deepEqual(seen, [['left'], ['left'], ['left', 'right']]);
  });

  it('keeps apart records that have one id but come of different source records', async () => {
    const pairs: unknown[] = [];
    let number = 0;
    const twins = sourceOf(() => ['a', 'a', 'a'].map((id) => ({ ...utterance(id), speaker: String((number += 1)) })));
    const second = eachOf((record) => ((record as Utterance).speaker === '1' ? undefined : record));
    const both = joinOf(({ left, right }) => {
      pairs.push([(left as Utterance).speaker, (right as Utterance).speaker]);
      return left;
    });
    // While the slow branch has not done with the first "a", its record waits in the join for a partner.
    const slow = eachOf(async (record) => {
      await settle(3);
      return record;
    });
    await run({
      source: { op: twins },
      second: { op: second, from: 'source' },
      both: { op: both, from: { left: 'source', right: 'second' } },
      slow: { op: slow, from: 'source' },
      sink: { op: sinkTo([]), from: ['both', 'slow'] },
    });
    assert.deepEqual(pairs, [
      ['2', '2'],
      ['3', '3'],
    ]);
  });

  it('joins the records of two sources by id, in any order that fits into the leases', async () => {
    const taken: AnyRecord[] = [];
    const report = await run(
      {
        one: { op: sourceOf(() => ['a', 'b', 'c', 'd'].map((id) => utterance(id))) },
        other: { op: sourceOf(() => ['b', 'a', 'd', 'c'].map((id) => utterance(id))) },
        both: { op: joinOf(), from: { left: 'one', right: 'other' } },
        sink: { op: sinkTo(taken), from: 'both' },
      },
      2,
    );
    assert.deepEqual(ids(taken).sort(), ['a', 'b', 'c', 'd']);
    assert.deepEqual([report.pulled, report.written, report.conserved], [8, 8, true]);
  });

  it('drops what has no partner once the other source is at its end', async () => {
    const taken: AnyRecord[] = [];
    const report = await run(
      {
        few: { op: sourceOf(() => [utterance('40')]) },
        many: { op: counted(100) },
        both: { op: joinOf(), from: { left: 'few', right: 'many' } },
        sink: { op: sinkTo(taken), from: 'both' },
      },
      50,
    );
    assert.deepEqual(ids(taken), ['40']);
    assert.deepEqual([report.written, report.dropped, report.outcome], [2, 99, 'done']);
  });

  it('ends, naming itself, when two sources differ by more records than there are leases', async () => {
    const report = await run(
      {
        one: { op: sourceOf(() => ['a', 'b', 'c', 'd'].map((id) => utterance(id))) },
        other: { op: sourceOf(() => ['d', 'c', 'b', 'a'].map((id) => utterance(id))) },
        both: { op: joinOf(), from: { left: 'one', right: 'other' } },
        sink: { op: sinkTo([]), from: 'both' },
      },
      1,
    );
    assert.equal(report.outcome, 'failed');
    assert.match(report.failure?.message ?? '', /both holds 2\. Raise inFlight/);
  });

  it('of pieces with their recording gives up what cannot come, and waits for what can', async () => {
    const taken: AnyRecord[] = [];
    const pieces = expandOf((record) => [utterance(`${record.id}/0`), utterance(record.id)]);
    const report = await run(
      {
        source: { op: counted(20) },
        pieces: { op: pieces, from: 'source' },
        both: { op: joinOf(), from: { left: 'pieces', right: 'source' } },
        sink: { op: sinkTo(taken), from: 'both' },
      },
      2,
    );
    assert.deepEqual([ids(taken), report.failure], [ids(utterances(20)), null]);
    assert.deepEqual([report.dropped, report.conserved], [20, true]);
  });

  it('does not give up a record whose partner a gather still holds', async () => {
    const taken: AnyRecord[] = [];
    const threes = gatherOf(
      () => {
        const held: AnyRecord[] = [];
        const release = () => held.splice(0).map((record) => ({ record, from: [record] }));
        return { add: (record) => (held.push(record) === 3 ? release() : []), flush: release };
      },
      { holds: 3 },
    );
    const report = await run(
      {
        source: { op: counted(10) },
        threes: { op: threes, from: 'source' },
        some: { op: odd, from: 'source' },
        both: { op: joinOf(), from: { left: 'threes', right: 'some' } },
        sink: { op: sinkTo(taken), from: 'both' },
      },
      3,
    );
    assert.deepEqual([ids(taken), report.outcome], [['1', '3', '5', '7', '9'], 'done']);
  });

  it('does not give up a record whose partner a session will give later', async () => {
    const taken: AnyRecord[] = [];
    const delayed = sessionOf(() => {
      let last: AnyRecord[] = [];
      return {
        chunk: (record) => {
          const out = last;
          last = [record];
          return out;
        },
        flush: () => last,
      };
    });
    const threes = gatherOf(
      () => {
        const held: AnyRecord[] = [];
        const release = () => held.splice(0).map((record) => ({ record, from: [record] }));
        return { add: (record) => (held.push(record) === 3 ? release() : []), flush: release };
      },
      { holds: 3 },
    );
    const report = await run(
      {
        source: { op: counted(4) },
        delayed: { op: delayed, from: 'source' },
        threes: { op: threes, from: 'delayed' },
        both: { op: joinOf(), from: { left: 'threes', right: 'source' } },
        sink: { op: sinkTo(taken), from: 'both' },
      },
      3,
    );
    // Three leases are not enough for a gather of three behind a session: better no result than a wrong one.
    assert.deepEqual([taken, report.outcome], [[], 'failed']);
    assert.match(report.failure?.message ?? '', /Nothing moves any more/);
  });
});
