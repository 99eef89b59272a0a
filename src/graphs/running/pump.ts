/**
 * Pulls the records of one `expand` call, only when it is the call's turn and a lease is free. A call whose turn has not
 * come fetches its first record and waits with it, so that slow beginnings overlap.
 */
import { RecordError } from '../../errors.ts';
import type { AnyRecord } from '../../records.ts';
import type { Credits } from './credits.ts';
import { Thrown } from './failure.ts';
import type { Envelope, Lease } from './lease.ts';
import type { RunningNode } from './running-node.ts';

type Step = IteratorResult<AnyRecord | RecordError, unknown>;

export interface Pumped {
  /** Calls the operator. */
  open(): Iterable<AnyRecord | RecordError> | AsyncIterable<AnyRecord | RecordError>;
  /** What the records are made of, for the errors' rows; null for a source. */
  readonly input: Envelope | null;
  /** A lease for the next record. */
  issue(record: AnyRecord | RecordError): Lease;
  /** @param thrown What broke the iteration off; null when it came to its end. */
  ended(thrown: Thrown | null): void;
}

export class Pump {
  ended = false;
  /** How many records came out. */
  yielded = 0;
  attempt = 0;
  private turn = false;
  private iterator: Iterator<AnyRecord | RecordError> | AsyncIterator<AnyRecord | RecordError> | null = null;
  private fetched: Step | Thrown | null = null;
  private fetching = false;
  private readonly node: RunningNode;
  private readonly credits: Credits;
  private readonly pumped: Pumped;

  constructor(node: RunningNode, credits: Credits, pumped: Pumped) {
    this.node = node;
    this.credits = credits;
    this.pumped = pumped;
  }

  /** Fetches the first record, and waits with it. */
  prefetch(): void {
    this.fetch();
  }

  /** Lets the records out. */
  takeTurn(): void {
    if (this.turn) return;
    this.turn = true;
    this.pull();
  }

  /**
   * Pulls no more. A generator that waits for something is freed by its signal, which the caller aborts.
   * @returns Whether there may have been more.
   */
  stop(): boolean {
    if (this.ended) return false;
    this.release();
    this.finish(null);
    return true;
  }

  /** Lets the iterator go, so that its `finally` runs. */
  release(): void {
    try {
      const returned = this.iterator?.return?.();
      if (returned instanceof Promise) returned.catch(() => undefined);
    } catch {
      // A generator that runs at this moment cannot be told to return; it has its signal.
    }
  }

  private pull(): void {
    const { meter, run } = this.node;
    while (!this.ended && !this.fetching && !run.stopped) {
      if (!this.credits.available) {
        meter.block();
        this.credits.whenAvailable(() => this.pullSoon(queueMicrotask));
        return;
      }
      if (this.fetched === null) this.fetch();
      // The iterator may have been stopped from within: what it gave then was never pulled.
      if (this.fetched === null || this.ended) return;
      const step: Step | Thrown = this.fetched;
      this.fetched = null;
      if (step instanceof Thrown) this.finish(step);
      else if (step.done === true) this.finish(null);
      else this.send(step.value);
      if (run.breatheNow()) return this.pullSoon(setImmediate);
    }
  }

  /** Pulls on from outside the stack of whoever closed the lease. */
  private pullSoon(schedule: (work: () => void) => unknown): void {
    const { activity, guard } = this.node.run;
    activity.begin();
    schedule(() => {
      this.node.meter.unblock();
      guard(() => this.pull());
      activity.end();
    });
  }

  /** Sets `fetched`: at once, or, when the iterator gives a promise, later, and pulls on then. */
  private fetch(): void {
    const { meter, run } = this.node;
    meter.begin();
    try {
      const step = this.next();
      if (step instanceof Promise) {
        this.fetching = true;
        run.activity.begin();
        void step.then(
          (settled) => this.arrive(settled),
          (thrown: unknown) => this.arrive(new Thrown(thrown)),
        );
        return;
      }
      this.fetched = step;
    } catch (thrown) {
      this.fetched = new Thrown(thrown);
    }
    meter.end();
    this.reopenAfterFault();
  }

  private arrive(step: Step | Thrown): void {
    const { activity, guard } = this.node.run;
    this.fetching = false;
    this.node.meter.end();
    guard(() => {
      if (this.ended) return;
      this.fetched = step;
      this.reopenAfterFault();
      if (this.turn) this.pull();
    });
    activity.end();
  }

  private next(): Step | Promise<Step> {
    if (this.iterator === null) {
      this.attempt += 1;
      const iterable = this.pumped.open();
      this.iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
    }
    return this.iterator.next();
  }

  /** A call that failed before it gave anything may be made again. */
  private reopenAfterFault(): void {
    const { attempts } = this.node.planned.onError;
    const { fetched } = this;
    if (!(fetched instanceof Thrown && fetched.thrown instanceof RecordError)) return;
    if (this.yielded > 0 || this.attempt >= attempts) return;
    this.iterator = null;
    this.fetched = null;
    this.fetch();
  }

  private send(record: AnyRecord | RecordError): void {
    this.yielded += 1;
    const lease = this.pumped.issue(record);
    if (record instanceof RecordError) this.node.reject(this.pumped.input, lease, record, this.attempt);
    else this.node.give(record, lease);
  }

  private finish(thrown: Thrown | null): void {
    this.ended = true;
    this.pumped.ended(thrown);
  }
}
