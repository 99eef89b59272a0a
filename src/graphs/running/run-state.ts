/** Where a run stands: at work, over, stopped; and what its nodes need of it. */
import type { ErrorRow, Part } from '../../records.ts';
import { Activity } from './activity.ts';
import type { Clock } from './clock.ts';
import { GraphError, messageOf } from './failure.ts';
import type { Plan } from '../plan.ts';
import type { RunContext } from './running-node.ts';

/** Seconds that operators get to come out of their work when a run is over, before what they use is closed. */
const graceSeconds = 2;

/** Seconds of pulling without a pause after which signals and timers get their turn. */
const breathSeconds = 0.02;

export class RunState implements RunContext {
  readonly activity: Activity;
  readonly clock: Clock;
  readonly inFlight: number;
  readonly onErrorRow: (row: ErrorRow) => void;
  /** Files that sinks wrote. */
  readonly parts: Part[] = [];
  readonly runSignal = new AbortController();
  /** Aborted when the sources are to pull no more. */
  readonly sourceSignal = new AbortController();
  stopped = false;
  failure: Error | null = null;
  /** Resolved when every node has given its last record, or the run was stopped. */
  readonly over: Promise<void>;

  private readonly halts: (() => void)[] = [];
  private readonly idle: Promise<void>;
  private becomeOver: () => void = () => undefined;
  private becomeIdle: () => void = () => undefined;
  private nodesAtWork: number;
  private lastBreath: number;
  private steps = 0;

  /** @param stuck Called when nothing moves any more although nodes are at work. */
  constructor(plan: Plan, clock: Clock, onErrorRow: (row: ErrorRow) => void, stuck: () => void) {
    this.clock = clock;
    this.onErrorRow = onErrorRow;
    this.inFlight = plan.inFlight;
    this.nodesAtWork = plan.nodes.length;
    this.lastBreath = clock.now();
    this.over = new Promise((resolve) => (this.becomeOver = resolve));
    this.idle = new Promise((resolve) => (this.becomeIdle = resolve));
    if (this.isOver) this.becomeOver();
    this.activity = new Activity(() => {
      if (this.isOver) this.becomeIdle();
      else stuck();
    });
  }

  get isOver(): boolean {
    return this.stopped || this.nodesAtWork === 0;
  }

  /** Registers what is to be done at once when the run is stopped. */
  onStop(halt: () => void): void {
    this.halts.push(halt);
  }

  /** Ends the run at once. @param failure Why; null when the user wants it. */
  stop(failure: Error | null): void {
    if (this.isOver) return;
    this.stopped = true;
    this.failure = failure;
    this.runSignal.abort();
    this.sourceSignal.abort();
    for (const halt of this.halts) halt();
    this.becomeOver();
  }

  fail(error: Error): void {
    this.stop(error);
  }

  /** Waits, after the end, until no operator is at work any more or the time for that is up. */
  async settleDown(): Promise<void> {
    if (this.activity.idle) return;
    let cancel = (): void => undefined;
    const grace = new Promise<void>((resolve) => (cancel = this.clock.after(graceSeconds, resolve)));
    await Promise.race([this.idle, grace]);
    cancel();
  }

  readonly guard = (work: () => void): void => {
    if (this.stopped) return;
    try {
      work();
    } catch (thrown) {
      this.break(thrown);
    }
  };

  /** Something threw that is nobody's but the engine's. */
  break(thrown: unknown): void {
    this.fail(new GraphError('bug', `The engine broke: ${messageOf(thrown)}`, { cause: thrown }));
  }

  breatheNow(): boolean {
    this.steps += 1;
    if (this.steps % 64 !== 0) return false;
    const now = this.clock.now();
    if (now - this.lastBreath < breathSeconds) return false;
    this.lastBreath = now;
    return true;
  }

  onPart(part: Part): void {
    this.parts.push(part);
  }

  onComplete(): void {
    this.nodesAtWork -= 1;
    if (this.nodesAtWork === 0) this.becomeOver();
  }
}
