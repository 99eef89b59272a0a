/**
 * What the engine costs: 1,000,000 records through a graph of six nodes (a source, four operators, a sink) with leases,
 * counts and clocks, beside the same records through six bare RxJS `map`s; then its heap on the way.
 * Run with `tsx bench/graph.ts`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { from, lastValueFrom, map } from 'rxjs';
import { startGraph } from '../src/graphs/run.ts';
import type { AnyRecord } from '../src/records.ts';
import { eachOf, gatherOf, planOf, sourceOf, utterance } from '../test/support/plans.ts';

const RECORDS = 1_000_000;
const NODES = 6;
const IN_FLIGHT = 64;
const REPEATS = 3;
const BUDGET_MICROSECONDS = 1.5;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A new record for each one, as operators make them. */
const work = (record: AnyRecord): AnyRecord => ({ ...record });

function* records(count: number): Generator<AnyRecord> {
  for (let index = 0; index < count; index += 1) yield utterance(String(index));
}

interface GraphOptions {
  /** Makes one of the four operators give promises, so that records wait. */
  readonly slow?: boolean;
  /** Looks at every record that the sink takes. */
  readonly at?: (taken: number) => void;
}

/** Seconds for the graph, and the most leases that were open at once. */
async function runGraph(
  count: number,
  { slow = false, at = () => undefined }: GraphOptions = {},
): Promise<[seconds: number, peak: number]> {
  let taken = 0;
  let peak = 0;
  const sink = gatherOf(
    () => ({
      add: (record) => {
        taken += 1;
        at(taken);
        return [{ record: null, from: [record] }];
      },
      flush: () => [],
    }),
    { sink: true },
  );
  const plan = planOf(
    {
      source: { op: sourceOf(() => records(count)) },
      one: { op: eachOf(work), from: 'source' },
      two: { op: eachOf(work), from: 'one' },
      three: { op: eachOf(slow ? async (record) => work(record) : work), from: 'two', concurrency: 8 },
      four: {
        op: eachOf((record) => {
          if (taken % 1024 === 0) peak = Math.max(peak, graph.status().inFlight);
          return work(record);
        }),
        from: 'three',
      },
      sink: { op: sink, from: 'four' },
    },
    IN_FLIGHT,
  );
  const start = performance.now();
  const graph = startGraph(plan, { note: () => undefined });
  const report = await graph.finished;
  if (!report.conserved || report.written !== count)
    throw new Error(report.imbalances.join(' ') || String(report.failure));
  return [(performance.now() - start) / 1000, peak];
}

async function runBare(count: number): Promise<number> {
  const start = performance.now();
  await lastValueFrom(from(records(count)).pipe(map(work), map(work), map(work), map(work), map(work), map(work)));
  return (performance.now() - start) / 1000;
}

await runGraph(50_000);
await runBare(50_000);
console.log(`${RECORDS.toLocaleString('en')} records, ${NODES} nodes, inFlight ${IN_FLIGHT}, Node ${process.version}`);
console.log('  bare s  graph s  over bare, µs a record and node  peak in flight');
for (let repeat = 0; repeat < REPEATS; repeat += 1) {
  const bare = await runBare(RECORDS);
  const [graph, peak] = await runGraph(RECORDS);
  const over = ((graph - bare) * 1e6) / RECORDS / NODES;
  const cells = [
    bare.toFixed(2).padStart(8),
    graph.toFixed(2).padStart(8),
    over.toFixed(3).padStart(33),
    String(peak).padStart(15),
  ];
  console.log(`${cells.join('')}${over <= BUDGET_MICROSECONDS ? '' : `  over the budget of ${BUDGET_MICROSECONDS}`}`);
}

console.log('  records  heap MiB');
const at = (taken: number): void => {
  if (taken !== 10_000 && taken !== 100_000 && taken !== RECORDS) return;
  collectGarbage();
  console.log(`${String(taken).padStart(9)}${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(2).padStart(10)}`);
};
await runGraph(RECORDS, { at });

const [seconds, peak] = await runGraph(RECORDS / 10, { slow: true });
const each = ((seconds * 1e6) / (RECORDS / 10)).toFixed(2);
console.log(
  `With one operator of the four giving promises: ${each} µs a record, peak ${peak} of ${IN_FLIGHT} in flight.`,
);
