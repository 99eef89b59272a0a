import assert from 'node:assert/strict';
import { startGraph } from '../../../src/graphs/run.ts';
import type { AnyRecord, Gap, Waveform } from '../../../src/records.ts';
import { settle } from '../../support/manual-clock.ts';
import { eachOf, planOf, sinkTo, sourceOf } from '../../support/plans.ts';

const CHUNK_SECONDS = 0.5;

function chunk(index: number): Waveform {
  const origin = {
    path: 'microphone',
    start: index * CHUNK_SECONDS,
    duration: CHUNK_SECONDS,
    reference: null,
    speaker: null,
    piece: null,
  };
  return { kind: 'waveform', id: String(index), origin, samples: new Float32Array(1), sampleRate: 16_000 };
}

const gapOf = (record: AnyRecord | undefined): Gap | undefined =>
  record !== undefined && 'origin' in record ? record.origin.gap : undefined;

describe('the edge of a live source', () => {
  it('drops the oldest when the graph is full, counts it, and says in the next record what is missing', async () => {
    const taken: AnyRecord[] = [];
    let release = (): void => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    const slow = eachOf(async (record) => {
      if (record.id === '0') await first;
      return record;
    });
    const microphone = sourceOf(
      async function* () {
        for (let index = 0; index < 10; index += 1) {
          await settle(2);
          yield chunk(index);
        }
      },
      { live: () => true },
    );
    const graph = startGraph(
      planOf(
        {
          microphone: { op: microphone },
          slow: { op: slow, from: 'microphone' },
          sink: { op: sinkTo(taken), from: 'slow' },
        },
        2,
      ),
      { note: () => undefined },
    );
    await settle(40);
    // Two in the graph, two in the queue; of the other six the oldest went.
    release();
    const report = await graph.finished;
    assert.deepEqual(
      taken.map(({ id }) => id),
      ['0', '1', '8', '9'],
    );
    assert.deepEqual(gapOf(taken[2]), { start: 1, duration: 3, records: 6 });
    assert.deepEqual([gapOf(taken[1]), gapOf(taken[3])], [undefined, undefined]);
    const { pulled, written, dropped, conserved, outcome } = report;
    assert.deepEqual([pulled, written, dropped, conserved, outcome], [10, 4, 6, true, 'done']);
    assert.equal(report.nodes[0]?.dropped, 6);
  });

  it('loses nothing while the graph keeps up', async () => {
    const taken: AnyRecord[] = [];
    const microphone = sourceOf(
      async function* () {
        for (let index = 0; index < 20; index += 1) {
          await settle(2);
          yield chunk(index);
        }
      },
      { live: () => true },
    );
    const plan = planOf({ microphone: { op: microphone }, sink: { op: sinkTo(taken), from: 'microphone' } }, 1);
    const report = await startGraph(plan, { note: () => undefined }).finished;
    assert.deepEqual([report.written, report.dropped], [20, 0]);
    assert.ok(taken.every((record) => gapOf(record) === undefined));
  });

  it('gives on a drain what it has heard, although the device does not listen to its signal', async () => {
    const taken: AnyRecord[] = [];
    const microphone = sourceOf(
      async function* () {
        yield chunk(0);
        yield chunk(1);
        await new Promise(() => undefined);
      },
      { live: () => true },
    );
    const work = eachOf(async (record) => {
      await settle(5);
      return record;
    });
    const graph = startGraph(
      planOf(
        {
          microphone: { op: microphone },
          work: { op: work, from: 'microphone' },
          sink: { op: sinkTo(taken), from: 'work' },
        },
        1,
      ),
      { note: () => undefined },
    );
    await settle(3);
    graph.drain();
    const report = await graph.finished;
    assert.deepEqual([taken.map(({ id }) => id), report.outcome, report.conserved], [['0', '1'], 'drained', true]);
  });

  it('fails the run when the device breaks', async () => {
    const microphone = sourceOf(
      async function* () {
        yield chunk(0);
        await Promise.resolve();
        throw new Error('unplugged');
      },
      { live: () => true },
    );
    const plan = planOf({ microphone: { op: microphone }, sink: { op: sinkTo([]), from: 'microphone' } });
    const report = await startGraph(plan, { note: () => undefined }).finished;
    assert.match(report.failure?.message ?? '', /unplugged/);
  });
});
