/**
 * Runs a plan: opens every operator, joins the nodes with RxJS subjects, lets the sources pull while leases are free, and
 * accounts for every record at the end. The only file that subscribes.
 */
import { merge } from 'rxjs';
import { Closers } from '../closers.ts';
import type { RecordError } from '../errors.ts';
import type { ProgramPorts, Progress } from '../operators/define-operator.ts';
import type { AnyRecord, ErrorRow } from '../records.ts';
import { planProvenance } from '../tables/provenance.ts';
import { deadlockMessage, imbalances } from './running/balance.ts';
import { type Clock, systemClock } from './running/clock.ts';
import { Credits } from './running/credits.ts';
import { GraphError, messageOf } from './running/failure.ts';
import { type Holder, hopelessParts, type JoinAtWork } from './running/hopeless-parts.ts';
import { joinByName } from './running/join.ts';
import { haveOneSource, haveSameLeases, inputOrigins } from './running/lease-origins.ts';
import type { Envelope, Lease } from './running/lease.ts';
import { openOperators } from './running/open-operators.ts';
import type { Plan, PlannedNode, PortReference } from './plan.ts';
import { isPorts, recordKinds } from './checking/record-kinds.ts';
import type { RunningGraph, RunReport, RunStatus } from './report.ts';
import { RunState } from './running/run-state.ts';
import { RunningNode } from './running/running-node.ts';
import { Selection, type Shard } from './running/selection.ts';
import { type Source, sourceStage } from './running/source.ts';
import { stageOf } from './running/stage-of.ts';
import { statusOf } from './running/status-of.ts';
import { Tally } from './running/tally.ts';

export type { Shard };

export interface StartOptions {
  /** A line for the person who started the run. */
  readonly note: (message: string) => void;
  /** Further facts for the metadata of every Arrow file of the run. */
  readonly provenance?: ReadonlyMap<string, string>;
  /** Told of every error row as it arises, whether or not a node reads it. */
  readonly onErrorRow?: (row: ErrorRow) => void;
  readonly clock?: Clock;
  /** What the calling program gives to the graph and takes from it. */
  readonly program?: ProgramPorts;
  /** Runs one shard of the sources' records; null or left out runs all. */
  readonly shard?: Shard | null;
  /** Tries these again, by the ids of the source's records: they failed before. */
  readonly retry?: ReadonlySet<string>;
}

/** The receiving end of an edge. */
interface Listener {
  take(envelope: Envelope<AnyRecord>): void;
  end(): void;
}

/** What was made of a plan. */
interface Graph {
  readonly plan: Plan;
  readonly state: RunState;
  readonly tally: Tally;
  readonly selection: Selection;
  readonly nodes: readonly RunningNode[];
  readonly sources: Source[];
  /** A credit for each source. */
  readonly credits: Credits[];
  readonly joins: JoinAtWork[];
  readonly holders: Holder[];
}

/**
 * Opens every operator of a plan, then lets its sources pull. Returns at once and throws nothing; what goes wrong stands
 * in the report.
 */
export function startGraph(plan: Plan, options: StartOptions): RunningGraph {
  const clock = options.clock ?? systemClock;
  const closers = new Closers();
  const state = new RunState(plan, clock, options.onErrorRow ?? (() => undefined), () => resolveStandstill(graph));
  const kindOf = recordKinds(plan.nodes);
  const isOfErrors = ({ inputs }: PlannedNode): boolean => {
    const read = [...inputs.values()].flat();
    return read.length > 0 && read.every((reference) => kindOf(reference) === 'error');
  };
  const rowSinks = plan.nodes.filter((node) => node.operator.description.sink === true && !isOfErrors(node));
  const selection = new Selection(options.shard ?? null, options.retry ?? null, rowSinks.length);
  const graph: Graph = {
    plan,
    state,
    tally: new Tally(plan.nodes.filter(isSource).length),
    selection,
    nodes: plan.nodes.map(
      (node) => new RunningNode(node, state, (isSource(node) ? state.sourceSignal : state.runSignal).signal),
    ),
    sources: [],
    credits: [],
    joins: [],
    holders: [],
  };
  const started = clock.now();
  let ended: number | null = null;
  let drained = false;
  /** A source that is told to pull no more may end at once, and all behind it with it, before it has said so. */
  let isDraining = false;

  const status = (): RunStatus => statusOf(graph, (ended ?? clock.now()) - started);
  const stopSources = (wasCutShort: () => void): void => {
    state.sourceSignal.abort();
    keepGoing(state, () => {
      for (const source of graph.sources) if (source.drain()) wasCutShort();
    });
  };
  const drain = (): void => {
    if (state.isOver || state.sourceSignal.signal.aborted) return;
    isDraining = true;
    stopSources(() => (drained = true));
    isDraining = false;
  };
  const enough = (): void => {
    // Not now: the operator that calls is in the midst of a record.
    state.activity.begin();
    queueMicrotask(() => {
      if (!state.isOver && !state.sourceSignal.signal.aborted) stopSources(() => undefined);
      state.activity.end();
    });
  };
  const open = async (): Promise<void> => {
    const context = {
      signal: state.runSignal.signal,
      note: options.note,
      provenance: new Map([...planProvenance(plan), ...(options.provenance ?? [])]),
      expect: (records: number, audioSeconds: number | null) => graph.tally.expect(records, audioSeconds),
      enough,
      wasStopped: () => drained || isDraining,
      goOn: (has: (sourceId: string) => boolean, isOfErrors: boolean) => selection.goOn(has, isOfErrors),
      wants: (record: AnyRecord | RecordError) => selection.wants(record),
      retries: options.retry !== undefined,
      progress: (progress: Progress) => (graph.tally.progress = progress),
      program: options.program ?? { given: new Map(), taken: new Map() },
      onClose: (close: () => void | Promise<void>) => closers.add(close),
    };
    state.activity.begin();
    const behaviours = await openOperators(plan, context, (node, thrown) => nodeOf(graph, node.id).fail(thrown, null));
    state.guard(() => {
      if (behaviours === null) return;
      connect(graph, behaviours);
      for (const node of graph.nodes) node.meter.start();
      isDraining = state.sourceSignal.signal.aborted;
      for (const source of graph.sources) {
        if (state.sourceSignal.signal.aborted) drained = source.drain() || drained;
        else source.start();
      }
      isDraining = false;
    });
    state.activity.end();
  };
  const finish = async (): Promise<RunReport> => {
    void open().catch((thrown: unknown) => state.break(thrown));
    await state.over;
    await state.settleDown();
    for (const thrown of await closers.close()) {
      const message = `Something could not be closed at the end of the run: ${messageOf(thrown)}`;
      if (state.stopped) options.note(message);
      else state.failure ??= new GraphError('bug', message, { cause: thrown });
    }
    ended = clock.now();
    const sentences = imbalances(graph.tally, graph.nodes, state.stopped);
    return {
      ...status(),
      conserved: sentences.length === 0,
      imbalances: sentences,
      outcome: state.failure !== null ? 'failed' : state.stopped ? 'aborted' : drained ? 'drained' : 'done',
      failure: state.failure,
      parts: state.parts.map(({ path, rows, bytes }) => ({ path, rows, bytes })),
    };
  };
  return { finished: finish(), status, drain, abort: () => state.stop(null) };
}

/** Work that comes from outside the graph: as long as it lasts the graph is not at a standstill. */
function keepGoing(state: RunState, work: () => void): void {
  state.activity.begin();
  state.guard(work);
  state.activity.end();
}

/** Makes a source or a stage of every node, and subscribes each stage to the outputs that it reads. */
function connect(graph: Graph, behaviours: ReadonlyMap<string, unknown>): void {
  const { plan, state } = graph;
  const origins = inputOrigins(plan);
  for (const [order, node] of graph.nodes.entries()) {
    const { planned } = node;
    const behaviour = behaviours.get(planned.id);
    if (isSource(planned)) {
      addSource(graph, node, behaviour);
      continue;
    }
    const stage = stageOf(node, behaviour);
    state.onStop(() => stage.halt());
    graph.holders.push({ id: planned.id, held: () => stage.held() });
    if (!isPorts(planned.operator.description.input)) {
      listen(graph, [...planned.inputs.values()].flat(), stage);
      continue;
    }
    const ports = origins.get(planned.id) ?? new Map();
    const sameLeases = haveSameLeases(ports);
    const join = joinByName(node, { ports: [...planned.inputs.keys()], sameLeases, order, next: stage });
    const held = (): Lease[] => join.parts().map(({ envelope }) => envelope.lease);
    graph.holders.push({ id: planned.id, held });
    graph.joins.push({ id: planned.id, join, oneSource: haveOneSource(ports) });
    for (const [port, references] of planned.inputs) {
      listen(graph, references, { take: (envelope) => join.take(port, envelope), end: () => join.end(port) });
    }
  }
}

/** A source with its own leases, of which as many may be open as the plan allows. */
function addSource(
  { plan, state, tally, selection, credits, sources }: Graph,
  node: RunningNode,
  behaviour: unknown,
): void {
  const ownCredits = new Credits(plan.inFlight, (lease) => tally.settle(lease));
  const source = sourceStage(node, behaviour as Parameters<typeof sourceStage>[1], ownCredits, tally, selection);
  credits.push(ownCredits);
  sources.push(source);
  state.onStop(() => source.halt());
}

/** Lets a stage take what the outputs give, and end when all of them have. */
function listen(graph: Graph, references: readonly PortReference[], stage: Listener): void {
  const { state } = graph;
  const ports = references.map(({ node, port }) => nodeOf(graph, node)[port]);
  for (const port of ports) port.readers += 1;
  const subscription = merge(...ports.map(({ records }) => records)).subscribe({
    next: (envelope) => {
      if (state.stopped) return;
      try {
        stage.take(envelope);
      } catch (thrown) {
        state.break(thrown);
      }
    },
    complete: () => state.guard(() => stage.end()),
  });
  state.onStop(() => subscription.unsubscribe());
}

/** Nothing moves any more. Joins may wait for partners that cannot come; else the graph has locked itself up. */
function resolveStandstill({ plan, state, nodes, joins, holders }: Graph): void {
  const hopeless = hopelessParts(plan, joins, holders);
  if (hopeless !== null) keepGoing(state, () => hopeless.join.giveUp(hopeless.parts));
  else state.fail(new GraphError('deadlock', deadlockMessage(nodes, plan.inFlight)));
}

function nodeOf({ nodes }: Graph, id: string): RunningNode {
  const node = nodes.find(({ planned }) => planned.id === id);
  if (node === undefined) throw new Error(`The plan has no node "${id}".`);
  return node;
}

function isSource({ operator }: PlannedNode): boolean {
  return operator.description.input === null;
}
