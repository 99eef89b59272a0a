import assert from 'node:assert/strict';
import fc from 'fast-check';
import { startGraph } from '../../src/graphs/run.ts';
import type { RunningGraph } from '../../src/graphs/report.ts';
import { buildGraph, type GraphChoice, graphChoice, interpret } from '../support/random-graphs.ts';

const runs = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 150);
const quiet = { note: () => undefined };

/** Ids at a sink, in an order that does not depend on which branch of a join was faster. */
function sorted(ids: readonly string[]): string[] {
  return [...ids].sort();
}

/** Where no join merges the pace of two branches, order is kept. */
function isOrdered({ nodes }: GraphChoice): boolean {
  return nodes.every(({ shape }) => shape !== 'join');
}

describe('any graph of each, expand, gather, session and join', function () {
  this.timeout(600_000);

  it('gives what a walk over lists gives, within its leases, and accounts for every record', async () => {
    await fc.assert(
      fc.asyncProperty(graphChoice, async (choice) => {
        const { plan, taken } = buildGraph(choice, () => {
          const { inFlight, inFlightLimit } = graph.status();
          assert.ok(inFlight < inFlightLimit, 'pulled although all leases were out');
        });
        const graph = startGraph(plan, quiet);
        const report = await graph.finished;
        assert.deepEqual([report.outcome, report.failure, report.imbalances], ['done', null, []]);
        assert.equal(report.inFlight, 0);
        const expected = interpret(choice, choice.records);
        for (const [id, records] of taken) {
          const ids = records.map((record) => record.id);
          const wanted = expected.taken.get(id) ?? [];
          if (isOrdered(choice)) assert.deepEqual(ids, wanted);
          else assert.deepEqual(sorted(ids), sorted(wanted));
        }
        const { pulled, written, dropped, failed } = report;
        assert.deepEqual({ pulled, written, dropped, failed }, { pulled: choice.records, ...ends(expected) });
      }),
      { numRuns: runs },
    );
  });

  it('drained at any moment, does with what it pulled what it would have done anyway', async () => {
    await fc.assert(
      fc.asyncProperty(graphChoice, fc.nat({ max: 25 }), async (choice, moment) => {
        const { plan } = buildGraph(choice, (index) => {
          if (index === moment) graph.drain();
        });
        const graph = startGraph(plan, quiet);
        const { outcome, failure, imbalances, pulled, written, dropped, failed } = await graph.finished;
        assert.equal(outcome, moment < choice.records ? 'drained' : 'done', String(failure));
        assert.deepEqual(imbalances, []);
        assert.deepEqual({ written, dropped, failed }, ends(interpret(choice, pulled)));
      }),
      { numRuns: runs },
    );
  });

  it('aborted at any moment, ends, and nothing reaches a sink afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(graphChoice, fc.nat({ max: 60 }), async (choice, moment) => {
        const { plan, taken } = buildGraph(choice, () => undefined);
        const graph: RunningGraph = startGraph(plan, quiet);
        for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
        graph.abort();
        const report = await graph.finished;
        assert.equal(report.failure, null);
        const count = [...taken.values()].flat().length;
        for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        assert.equal([...taken.values()].flat().length, count);
        if (report.outcome === 'done') assert.ok(report.conserved);
        else assert.equal(report.outcome, 'aborted');
        assert.equal(report.pulled, report.written + report.failed + report.dropped + report.inFlight);
      }),
      { numRuns: runs },
    );
  });
});

function ends({ written, dropped, failed }: { written: number; dropped: number; failed: number }) {
  return { written, dropped, failed };
}
