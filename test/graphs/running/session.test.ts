import assert from 'node:assert/strict';
import { RecordError } from '../../../src/errors.ts';
import type { RunReport } from '../../../src/graphs/report.ts';
import { startGraph } from '../../../src/graphs/run.ts';
import type { AnyOperator } from '../../../src/operators/define-operator.ts';
import type { AnyRecord } from '../../../src/records.ts';
import { settle } from '../../support/manual-clock.ts';
import { eachOf, planOf, sessionOf, sinkTo, sourceOf, utterance, utterances } from '../../support/plans.ts';

/** Joins the ids of three chunks; the end gives what is left. */
const threes = (): AnyOperator =>
  sessionOf(() => {
    let held: string[] = [];
    const release = () => [utterance(held.splice(0).join('+'))];
    return {
      chunk: async (record) => {
        await settle(Number(record.id) % 2);
        if (record.id === '4') throw new RecordError('noise', 'this chunk cannot be heard');
        held = [...held, record.id];
        return held.length === 3 ? release() : [];
      },
      flush: () => (held.length === 0 ? [] : release()),
    };
  });

function run(session: AnyOperator, taken: AnyRecord[], count = 8): Promise<RunReport> {
  const nodes = {
    source: { op: sourceOf(() => utterances(count)) },
    session: { op: session, from: 'source' },
    last: { op: eachOf((record) => (record.id.endsWith('7') ? undefined : record)), from: 'session' },
    sink: { op: sinkTo(taken), from: 'last' },
  };
  return startGraph(planOf(nodes, 3), { note: () => undefined }).finished;
}

describe('a session', () => {
  it('hears chunks in order, one at a time, and gives what is left at the end', async () => {
    const taken: AnyRecord[] = [];
    const report = await run(threes(), taken, 5);
    assert.deepEqual(
      taken.map(({ id }) => id),
      ['0+1+2', '3'],
    );
    // Chunk 4 became an error row; the rest was heard, whether or not it brought something out.
    assert.deepEqual([report.written, report.failed, report.dropped, report.conserved], [4, 1, 0, true]);
  });

  it('answers with its last chunk for what the end brings out', async () => {
    const taken: AnyRecord[] = [];
    const report = await run(threes(), taken);
    assert.deepEqual(
      taken.map(({ id }) => id),
      ['0+1+2', '3+5+6'],
    );
    // "7" came out at the end and was filtered, so the chunk 7 was dropped.
    assert.deepEqual([report.written, report.failed, report.dropped, report.conserved], [6, 1, 1, true]);
  });

  it('that heard nothing may still give something', async () => {
    const taken: AnyRecord[] = [];
    const greeting = sessionOf(() => ({ chunk: () => [], flush: () => [utterance('goodbye')] }));
    const report = await run(greeting, taken, 0);
    assert.deepEqual([taken.map(({ id }) => id), report.outcome, report.conserved], [['goodbye'], 'done', true]);
  });
});
