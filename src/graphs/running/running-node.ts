/**
 * A node while the graph runs: its three output ports, its counts, and the ways in which a record can leave it. The files
 * `each.ts`, `expand.ts`, `gather.ts` and `session.ts` say what each shape does with what comes in.
 */
import { Subject } from 'rxjs';
import { RecordError, StorageError, UsageError } from '../../errors.ts';
import type { Call } from '../../operators/define-operator.ts';
import { type AnyRecord, type ErrorRow, type Part, secondsOf } from '../../records.ts';
import { sourceId } from '../../tables/commits/commit-record.ts';
import type { Activity } from './activity.ts';
import type { Clock } from './clock.ts';
import { GraphError, messageOf } from './failure.ts';
import { type Ending, type Envelope, Lease } from './lease.ts';
import { Meter } from './meter.ts';
import type { PlannedNode } from '../plan.ts';

/** What every node shares with its run. */
export interface RunContext {
  readonly activity: Activity;
  readonly clock: Clock;
  /** True from the moment when the run was aborted or failed: whatever comes later is ignored. */
  readonly stopped: boolean;
  /** How many leases a source, or an `expand`, may have open. */
  readonly inFlight: number;
  /** Does a piece of the engine's work unless the run was stopped; a throw out of it ends the run. */
  readonly guard: (work: () => void) => void;
  /** Whether the event loop should be given a turn, for signals and timers. */
  breatheNow(): boolean;
  /** Ends the run. */
  fail(error: Error): void;
  /** A node has given its last record. */
  onComplete(): void;
  onErrorRow(row: ErrorRow): void;
  onPart(part: Part): void;
}

/** What a shape makes of a node: the receiving end of its input. */
export interface Stage {
  take(input: Envelope): void;
  /** Nothing more comes. The stage calls `node.complete()` when its last record has left. */
  end(): void;
  /** What the stage keeps while nothing moves in the graph. */
  held(): readonly Lease[];
  /** The run was stopped: timers and iterators are let go. */
  halt(): void;
}

/** An output, and how many inputs read it. */
export class Port {
  readonly records = new Subject<Envelope<AnyRecord>>();
  readers = 0;

  /** @param unread How a record ends that nobody reads. */
  send(record: AnyRecord, lease: Lease, unread: Ending): void {
    if (this.readers === 0) lease.settle(unread);
    else {
      if (this.readers > 1) lease.split(this.readers - 1);
      this.records.next({ record, lease });
    }
  }
}

/** How many records the error rate is first looked at. */
const rateFrom = 20;

export class RunningNode {
  readonly planned: PlannedNode;
  readonly run: RunContext;
  readonly call: Call;
  readonly meter: Meter;
  readonly out = new Port();
  readonly errors = new Port();
  readonly dropped = new Port();
  /** Sentences about records that did not add up. */
  readonly faults: string[] = [];
  private readonly sink: boolean;

  constructor(planned: PlannedNode, run: RunContext, signal: AbortSignal) {
    this.planned = planned;
    this.run = run;
    this.call = { signal };
    this.meter = new Meter(run.clock);
    this.sink = planned.operator.description.sink === true;
  }

  /** Sends a result on. A sink's result is what it wrote. */
  give(record: AnyRecord, lease: Lease): void {
    if (typeof record !== 'object' || record === null) {
      this.fail(new TypeError(`it gave ${String(record)} where a record was expected`), null);
      return;
    }
    this.meter.given += 1;
    if (this.sink && record.kind === 'part') this.run.onPart(record);
    lease.audioSeconds ??= secondsOf(record);
    this.out.send(record, lease, this.sink ? 'written' : 'dropped');
  }

  /** Lets an input fall on purpose. */
  drop(input: Envelope): void {
    this.meter.dropped += 1;
    this.dropped.send(recordOf(input.record), input.lease, 'dropped');
  }

  /**
   * What was thrown over an input. A `RecordError` becomes a row, in the way that `onError` says; anything else is a bug
   * and ends the run.
   */
  reject(input: Envelope | null, lease: Lease, thrown: unknown, attempt: number): void {
    const record = input === null ? null : recordOf(input.record);
    if (!(thrown instanceof RecordError)) {
      this.fail(thrown, record);
      return;
    }
    const { id: node, onError } = this.planned;
    const id = thrown.id ?? record?.id ?? `${node}#${this.meter.taken}`;
    const path = record === null ? null : pathOf(record);
    const origin = lease.origin();
    const row: ErrorRow = {
      kind: 'error',
      id,
      node,
      code: thrown.code,
      message: thrown.message,
      attempt,
      path,
      source: origin === null ? id : sourceId(origin),
      utterance: origin?.kind === 'utterance' ? origin : null,
    };
    this.meter.errors += 1;
    this.run.onErrorRow(row);
    lease.worsen('failed');
    this.errors.send(row, lease, 'failed');
    if (onError.action === 'stop') {
      this.run.fail(this.error('stopped', `stopped at the record "${id}": ${thrown.message}`, id, thrown));
    } else this.checkErrorRate();
  }

  /** Counts inputs as ended; whatever became of them was sent before. */
  ended(inputs = 1): void {
    this.meter.ended += inputs;
    if (this.meter.errors > 0) this.checkErrorRate();
  }

  /** Nothing more leaves this node. */
  complete(): void {
    if (this.run.stopped) return;
    this.meter.stop();
    for (const port of [this.out, this.errors, this.dropped]) port.records.complete();
    this.run.onComplete();
  }

  /** Ends the run over a bug in the operator. An operator that gives up because the run was stopped has no bug. */
  fail(thrown: unknown, record: AnyRecord | null): void {
    if (this.run.stopped) return;
    if (thrown instanceof UsageError || thrown instanceof StorageError) {
      this.run.fail(thrown);
      return;
    }
    const where = record === null ? '' : ` at the record "${record.id}"`;
    this.run.fail(this.error('bug', `broke${where}: ${messageOf(thrown)}`, record?.id ?? null, thrown));
  }

  /** For sentences about this node. */
  get name(): string {
    return `The operator "${this.planned.operator.description.name}" (node ${this.planned.id})`;
  }

  /** @param what The rest of a sentence that begins with the node. */
  error(code: GraphError['code'], what: string, record: string | null, cause?: unknown): GraphError {
    const { id: node, operator } = this.planned;
    return new GraphError(code, `${this.name} ${what}`, { node, operator: operator.description.name, record, cause });
  }

  private checkErrorRate(): void {
    const { errors, taken, active, waiting } = this.meter;
    const { maxRate } = this.planned.onError;
    const finished = taken - active - waiting;
    if (maxRate === null || finished < rateFrom || errors / finished <= maxRate) return;
    const share = `${errors} of ${finished} records failed, more than onError.maxRate ${maxRate} allows`;
    this.run.fail(this.error('error-rate', `was stopped: ${share}.`, null));
  }
}

/** The record that stands for an input: itself, or of joined records the first. */
export function recordOf(input: unknown): AnyRecord {
  const record = input as AnyRecord;
  return typeof record.kind === 'string' ? record : (Object.values(record)[0] as AnyRecord);
}

function pathOf(record: AnyRecord): string | null {
  if ('origin' in record) return record.origin.path;
  return 'path' in record ? record.path : null;
}
