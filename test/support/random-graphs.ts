/**
 * Graphs by chance, for properties of the engine, and an interpreter that says what such a graph must do: it walks over
 * whole lists, knows no streams, leases or promises, and so has nothing in common with what it checks.
 */
import fc from 'fast-check';
import { RecordError } from '../../src/errors.ts';
import { holdings, leastInFlight } from '../../src/graphs/checking/deadlock.ts';
import type { Plan } from '../../src/graphs/plan.ts';
import type { Utterance } from '../../src/records.ts';
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
} from './plans.ts';

/** A node between source and sinks. `reads` and `alsoReads` count the nodes before it, 0 is the source. */
export interface NodeChoice {
  readonly shape: 'each' | 'filter' | 'fail' | 'expand' | 'gather' | 'session' | 'join';
  readonly reads: number;
  readonly alsoReads: number;
  /** Chooses the records that are filtered, that fail; how many come of one; how many are gathered. */
  readonly size: number;
  /** Promises a record takes; 0 is synchronous work. */
  readonly delay: number;
  readonly concurrency: number;
}

export interface GraphChoice {
  readonly records: number;
  readonly sourceDelay: number;
  readonly nodes: readonly NodeChoice[];
  /** Leases above those without which the graph would lock itself up. */
  readonly spare: number;
}

const nodeChoice: fc.Arbitrary<NodeChoice> = fc.record({
  shape: fc.constantFrom('each', 'filter', 'fail', 'expand', 'gather', 'session', 'join'),
  reads: fc.nat({ max: 9 }),
  alsoReads: fc.nat({ max: 9 }),
  size: fc.integer({ min: 1, max: 4 }),
  delay: fc.nat({ max: 4 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
});

/**
 * A join of an expand's records with records from above it waits for all pieces of a recording, and behind a session
 * nobody knows for how long. No number of leases is enough for that, so a graph has either such joins or those shapes.
 */
export const graphChoice: fc.Arbitrary<GraphChoice> = fc
  .record({
    records: fc.nat({ max: 25 }),
    sourceDelay: fc.nat({ max: 2 }),
    nodes: fc.array(nodeChoice, { maxLength: 8 }),
    spare: fc.nat({ max: 4 }),
    mixedJoins: fc.boolean(),
  })
  .map(({ mixedJoins, nodes, ...rest }) => ({ ...rest, nodes: (mixedJoins ? onlyGathers : withoutMixedJoins)(nodes) }));

function onlyGathers(nodes: readonly NodeChoice[]): NodeChoice[] {
  return nodes.map((node) => (node.shape === 'expand' || node.shape === 'session' ? { ...node, shape: 'each' } : node));
}

/** Makes an `each` of every join whose ports carry leases from different nodes. */
function withoutMixedJoins(nodes: readonly NodeChoice[]): NodeChoice[] {
  const issuers = [0];
  return nodes.map((node, position) => {
    const [issuer, other = issuer] = readsOf(node, position).map((index) => issuers[index] as number) as [
      number,
      number?,
    ];
    const issues = node.shape === 'expand' || node.shape === 'gather' || node.shape === 'session';
    issuers.push(issues ? position + 1 : issuer);
    return node.shape === 'join' && issuer !== other ? { ...node, shape: 'each' } : node;
  });
}

/** A record that says which source records' leases it holds. */
interface Traced {
  readonly record: Utterance;
  readonly lineage: ReadonlySet<string>;
}

/** Which records a node of some size filters, or fails on: about one in `size + 1`, by the digits of the id. */
function isChosen(id: string, size: number): boolean {
  const digits = [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0);
  return digits % (size + 1) === 0;
}

function piecesOf(record: Utterance, size: number): Utterance[] {
  return Array.from({ length: record.id.length % (size + 1) }, (_, index) => utterance(`${record.id}/${index}`));
}

/** Gives way `delay` times, by turns to promises and to the event loop. */
async function wait(delay: number, id: string): Promise<void> {
  const turns = (delay * (id.charCodeAt(0) + id.length)) % 7;
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn % 3 === 2) await new Promise((resolve) => setImmediate(resolve));
    else await Promise.resolve();
  }
}

/** The work of a node, at once or after a delay. */
function slowly<T>(delay: number, id: string, work: () => T): T | Promise<T> {
  return delay === 0 || id.endsWith('3') ? work() : wait(delay, id).then(work);
}

function sketch({ shape, size, delay, concurrency, ...choice }: NodeChoice, position: number): NodeSketch {
  const from = `n${choice.reads % (position + 1)}`;
  const each = (work: (record: Utterance) => Utterance | undefined): NodeSketch => ({
    op: eachOf((record) => slowly(delay, record.id, () => work(record as Utterance))),
    from,
    concurrency,
  });
  switch (shape) {
    case 'each':
      return each((record) => ({ ...record }));
    case 'filter':
      return each((record) => (isChosen(record.id, size) ? undefined : record));
    case 'fail':
      return each((record) => {
        if (isChosen(record.id, size)) throw new RecordError('by-choice', `${record.id} fails by choice.`);
        return record;
      });
    case 'expand': {
      const now = expandOf((record) => piecesOf(record as Utterance, size));
      const later = expandOf(async function* (record) {
        for (const piece of piecesOf(record as Utterance, size)) {
          await wait(delay, piece.id);
          yield piece;
        }
      });
      return { op: delay === 0 ? now : later, from, concurrency };
    }
    case 'gather':
      return {
        op: gatherOf(
          () => {
            let held: Utterance[] = [];
            const release = () => {
              const from = held;
              held = [];
              return from.length === 0 ? [] : [{ record: from[0] as Utterance, from }];
            };
            return {
              add: (record) =>
                slowly(delay, record.id, () => {
                  held.push(record as Utterance);
                  return held.length === size ? release() : [];
                }),
              flush: release,
            };
          },
          { holds: size },
        ),
        from,
      };
    case 'session':
      return {
        op: sessionOf(() => {
          let last: Utterance[] = [];
          return {
            chunk: (record) =>
              slowly(delay, record.id, () => {
                const out = last;
                last = [record as Utterance];
                return out;
              }),
            flush: () => last,
          };
        }),
        from,
      };
    case 'join':
      return { op: joinOf(), from: { left: from, right: `n${choice.alsoReads % (position + 1)}` } };
  }
}

export interface RandomGraph {
  readonly plan: Plan;
  /** What came to the sink behind each node that no other node reads. */
  readonly taken: ReadonlyMap<string, Utterance[]>;
}

/** @param onPull Called before each source record is given. */
export function buildGraph(choice: GraphChoice, onPull: (index: number) => void): RandomGraph {
  const now = function* () {
    for (let index = 0; index < choice.records; index += 1) {
      onPull(index);
      yield utterance(String(index));
    }
  };
  const later = async function* () {
    for (const record of now()) {
      await wait(choice.sourceDelay, record.id);
      yield record;
    }
  };
  const nodes: Record<string, NodeSketch> = { n0: { op: sourceOf(choice.sourceDelay === 0 ? now : later) } };
  for (const [position, node] of choice.nodes.entries()) nodes[`n${position + 1}`] = sketch(node, position);
  const taken = new Map<string, Utterance[]>();
  for (const id of leaves(choice)) {
    const records: Utterance[] = [];
    taken.set(id, records);
    nodes[`sink-${id}`] = { op: sinkTo(records), from: id };
  }
  const inFlight = leastInFlight(holdings(planOf(nodes).nodes));
  return { plan: planOf(nodes, inFlight + choice.spare), taken };
}

function readsOf({ shape, reads, alsoReads }: NodeChoice, position: number): number[] {
  return shape === 'join' ? [reads % (position + 1), alsoReads % (position + 1)] : [reads % (position + 1)];
}

function leaves({ nodes }: GraphChoice): string[] {
  const read = new Set(nodes.flatMap(readsOf));
  return [...nodes.keys(), nodes.length].filter((index) => !read.has(index)).map((index) => `n${index}`);
}

export interface Expected {
  /** Ids at each sink, in order. */
  readonly taken: ReadonlyMap<string, readonly string[]>;
  readonly written: number;
  readonly dropped: number;
  readonly failed: number;
}

/** What the graph must do with the first `pulled` records of its source. */
export function interpret(choice: GraphChoice, pulled: number): Expected {
  const sources = Array.from({ length: pulled }, (_, index) => utterance(String(index)));
  const outputs: Traced[][] = [sources.map((record) => ({ record, lineage: new Set([record.id]) }))];
  const dropped = new Set<string>();
  const failed = new Set<string>();
  const mark = (ids: Set<string>, { lineage }: Traced): [] => {
    for (const id of lineage) ids.add(id);
    return [];
  };
  for (const [position, node] of choice.nodes.entries()) {
    const [input, other] = readsOf(node, position).map((index) => outputs[index] as Traced[]) as [Traced[], Traced[]];
    outputs.push(
      evaluate(
        node,
        input,
        other,
        (traced) => mark(dropped, traced),
        (traced) => mark(failed, traced),
      ),
    );
  }
  for (const id of failed) dropped.delete(id);
  return {
    taken: new Map(
      leaves(choice).map((id) => [id, (outputs[Number(id.slice(1))] as Traced[]).map(({ record }) => record.id)]),
    ),
    written: pulled - dropped.size - failed.size,
    dropped: dropped.size,
    failed: failed.size,
  };
}

function evaluate(
  { shape, size }: NodeChoice,
  input: readonly Traced[],
  other: readonly Traced[],
  drop: (traced: Traced) => [],
  fail: (traced: Traced) => [],
): Traced[] {
  switch (shape) {
    case 'each':
      return [...input];
    case 'filter':
      return input.flatMap((traced) => (isChosen(traced.record.id, size) ? drop(traced) : [traced]));
    case 'fail':
      return input.flatMap((traced) => (isChosen(traced.record.id, size) ? fail(traced) : [traced]));
    case 'expand':
      return input.flatMap((traced) => {
        const pieces = piecesOf(traced.record, size);
        return pieces.length === 0 ? drop(traced) : pieces.map((record) => ({ ...traced, record }));
      });
    case 'gather': {
      const groups = Array.from({ length: Math.ceil(input.length / size) }, (_, index) =>
        input.slice(index * size, (index + 1) * size),
      );
      return groups.map((group) => ({
        record: (group[0] as Traced).record,
        lineage: new Set(group.flatMap(({ lineage }) => [...lineage])),
      }));
    }
    case 'session': {
      const later = input.slice(1).map(({ lineage }, index) => ({ record: (input[index] as Traced).record, lineage }));
      return [...later, ...input.slice(-1)];
    }
    case 'join':
      return joined(input, other, drop);
  }
}

/** Pairs by id; a second record of one id pairs with the second of the other side. */
function joined(left: readonly Traced[], right: readonly Traced[], drop: (traced: Traced) => []): Traced[] {
  const partners = [...right];
  const pairs = left.flatMap((traced) => {
    const index = partners.findIndex(({ record }) => record.id === traced.record.id);
    if (index === -1) return drop(traced);
    const [partner] = partners.splice(index, 1) as [Traced];
    return [{ record: traced.record, lineage: new Set([...traced.lineage, ...partner.lineage]) }];
  });
  partners.forEach(drop);
  return pairs;
}
