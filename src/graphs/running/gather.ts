/**
 * A node of the shape `gather`: many records in, one or many out. What it holds keeps its lease until it is let go through
 * `from`; a lease that is never let go shows as lost at the end of the run.
 */
import { RecordError } from '../../errors.ts';
import type { Released, Running } from '../../operators/define-operator.ts';
import type { AnyRecord } from '../../records.ts';
import { type Envelope, joinLeases } from './lease.ts';
import { Ordered } from './ordered.ts';
import { recordOf, type RunningNode, type Stage } from './running-node.ts';

const flush = 'flush';

interface Held {
  readonly input: Envelope;
  /** Clock time in seconds; 0 where no time limit is set. */
  readonly since: number;
}

export function gatherStage(node: RunningNode, gather: Running<unknown, AnyRecord>['gather']): Stage {
  const { meter, run, planned } = node;
  const { description } = planned.operator;
  const waitSeconds = description.waitSeconds?.(planned.options) ?? null;
  /** By the input as the operator got it. The same record may come twice, by two paths. */
  const held = new Map<unknown, Held[]>();
  let cancelTimer: (() => void) | null = null;

  const hold = (input: Envelope): void => {
    const entry: Held = { input, since: waitSeconds === null ? 0 : run.clock.now() };
    const same = held.get(input.record);
    if (same === undefined) held.set(input.record, [entry]);
    else same.push(entry);
    meter.held += 1;
  };
  /** Takes an input out of what is held; null when it is not there. */
  const letGo = (record: unknown): Envelope | null => {
    const same = held.get(record);
    if (same === undefined) return null;
    const entry = same.shift() as Held;
    if (same.length === 0) held.delete(record);
    meter.held -= 1;
    return entry.input;
  };
  const release = ({ record, from }: Released<unknown, AnyRecord>): void => {
    const inputs: Envelope[] = [];
    for (const each of from) {
      const input = letGo(each);
      if (input !== null) inputs.push(input);
      else node.faults.push(`${node.name} let the record "${recordOf(each).id}" go although it did not hold it.`);
    }
    if (record !== null) node.give(record, joinLeases(inputs.map(({ lease }) => lease)));
    else if (description.sink === true || description.absorbs === true)
      for (const { lease } of inputs) lease.settle('written');
    else for (const input of inputs) node.drop(input);
    node.ended(inputs.length);
  };
  const rejectInput = (input: Envelope, thrown: unknown, attempt: number): void => {
    node.reject(input, input.lease, thrown, attempt);
    node.ended();
  };
  /** What could not be let go has failed, all of it. */
  const rejectHeld = (thrown: unknown, attempt: number): void => {
    for (const { input } of [...held.values()].flat()) {
      letGo(input.record);
      rejectInput(input, thrown, attempt);
    }
  };

  const ordered = new Ordered<Envelope | typeof flush, readonly Released<unknown, AnyRecord>[]>(node, {
    concurrency: 1,
    attempts: planned.onError.attempts,
    run: (input) => (input === flush ? gather.flush(node.call) : gather.add(input.record, node.call)),
    deliver: (input, released) => {
      if (input !== flush) hold(input);
      for (const each of released) release(each);
      watch();
    },
    reject: (input, thrown, attempt) => {
      if (input !== flush) rejectInput(input, thrown, attempt);
      else if (!(thrown instanceof RecordError)) node.fail(thrown, null);
      else rejectHeld(thrown, attempt);
    },
    done: () => {
      halt();
      node.complete();
    },
  });

  /** Arms the timer for the record that is held longest. */
  const watch = (): void => {
    if (waitSeconds === null || cancelTimer !== null) return;
    const [oldest] = held.values();
    if (oldest === undefined) return;
    const due = (oldest[0] as Held).since + waitSeconds;
    run.activity.begin();
    const cancel = run.clock.after(Math.max(0, due - run.clock.now()), () => {
      cancelTimer = null;
      run.guard(() => {
        const [still] = held.values();
        if (still !== undefined && (still[0] as Held).since + waitSeconds <= run.clock.now()) ordered.add(flush);
        else watch();
      });
      run.activity.end();
    });
    cancelTimer = () => {
      cancel();
      run.activity.end();
    };
  };
  const halt = (): void => {
    cancelTimer?.();
    cancelTimer = null;
  };
  return {
    take: (input) => {
      meter.taken += 1;
      ordered.add(input);
    },
    end: () => {
      ordered.add(flush);
      ordered.end();
    },
    held: () => [...held.values()].flat().map(({ input }) => input.lease),
    halt,
  };
}
