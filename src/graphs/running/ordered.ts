/**
 * Works on inputs as they arrive, on at most `concurrency` at once, and hands the results on in the order of arrival. What
 * is there at once is handed on at once: a synchronous operator costs no promise. What waits is bounded by the leases.
 */
import { RecordError } from '../../errors.ts';
import { Thrown } from './failure.ts';
import type { RunningNode } from './running-node.ts';

/** What is done with the inputs. */
export interface Work<In, Out> {
  readonly concurrency: number;
  /** How often an input is tried that throws a `RecordError`. */
  readonly attempts: number;
  run(input: In): Out | Promise<Out>;
  deliver(input: In, result: Out): void;
  reject(input: In, thrown: unknown, attempt: number): void;
  /** Called once: no input comes any more, and all results were delivered. */
  done(): void;
}

/** An input in work, or with an outcome that waits for its turn. */
interface Slot<In, Out> {
  readonly input: In;
  outcome: Out | Thrown | null;
  attempt: number;
  ready: boolean;
}

export class Ordered<In, Out> {
  private readonly node: RunningNode;
  private readonly work: Work<In, Out>;
  private readonly waiting: In[] = [];
  private readonly slots: Slot<In, Out>[] = [];
  /** Promises that have not settled. */
  private unsettled = 0;
  private ended = false;

  constructor(node: RunningNode, work: Work<In, Out>) {
    this.node = node;
    this.work = work;
  }

  add(input: In): void {
    if (this.unsettled >= this.work.concurrency) {
      this.waiting.push(input);
      this.node.meter.waiting += 1;
    } else this.start(input);
  }

  end(): void {
    this.ended = true;
    this.finish();
  }

  private start(input: In): void {
    const outcome = this.call(input);
    if (this.slots.length === 0 && !(outcome instanceof Promise) && !(outcome instanceof Thrown)) {
      this.work.deliver(input, outcome);
      return;
    }
    const slot: Slot<In, Out> = { input, outcome: null, attempt: 1, ready: false };
    this.slots.push(slot);
    this.settle(slot, outcome);
    this.deliver();
  }

  /** One attempt. A promise of it never rejects. */
  private call(input: In): Out | Thrown | Promise<Out | Thrown> {
    const { meter } = this.node;
    meter.begin();
    try {
      const result = this.work.run(input);
      if (result instanceof Promise) return result.catch((thrown: unknown) => new Thrown(thrown));
      meter.end();
      return result;
    } catch (thrown) {
      meter.end();
      return new Thrown(thrown);
    }
  }

  /** Tries again while that is allowed, then makes the slot ready. */
  private settle(slot: Slot<In, Out>, first: Out | Thrown | Promise<Out | Thrown>): void {
    let outcome = first;
    while (!(outcome instanceof Promise)) {
      if (!this.mayTryAgain(slot, outcome)) {
        slot.outcome = outcome;
        slot.ready = true;
        return;
      }
      slot.attempt += 1;
      outcome = this.call(slot.input);
    }
    this.unsettled += 1;
    this.node.run.activity.begin();
    void outcome.then((settled) => this.resume(slot, settled));
  }

  private resume(slot: Slot<In, Out>, outcome: Out | Thrown): void {
    const { meter, run } = this.node;
    this.unsettled -= 1;
    meter.end();
    run.guard(() => {
      this.settle(slot, outcome);
      while (this.waiting.length > 0 && this.unsettled < this.work.concurrency) {
        meter.waiting -= 1;
        this.start(this.waiting.shift() as In);
      }
      this.deliver();
      this.finish();
    });
    run.activity.end();
  }

  private mayTryAgain(slot: Slot<In, Out>, outcome: Out | Thrown): boolean {
    return outcome instanceof Thrown && outcome.thrown instanceof RecordError && slot.attempt < this.work.attempts;
  }

  /** Hands on what has come to the front. */
  private deliver(): void {
    while (this.slots[0]?.ready === true) {
      const { input, outcome, attempt } = this.slots.shift() as Slot<In, Out>;
      if (outcome instanceof Thrown) this.work.reject(input, outcome.thrown, attempt);
      else this.work.deliver(input, outcome as Out);
    }
  }

  private finish(): void {
    if (!this.ended || this.waiting.length > 0 || this.slots.length > 0) return;
    this.ended = false;
    this.work.done();
  }
}
