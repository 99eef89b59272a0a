/**
 * A node of the shape `expand`: many records out for each one in, in order. Every record out has a lease of its own under
 * the input's, and no more of them are pulled than may be in flight: a recording of ten hours is cut as fast as its pieces
 * are used up.
 */
import type { Running } from '../../operators/define-operator.ts';
import type { AnyRecord } from '../../records.ts';
import { Credits } from './credits.ts';
import type { Thrown } from './failure.ts';
import type { Envelope } from './lease.ts';
import { Pump } from './pump.ts';
import type { RunningNode, Stage } from './running-node.ts';

export function expandStage(node: RunningNode, expand: Running<unknown, AnyRecord>['expand']): Stage {
  const credits = new Credits(node.run.inFlight, () => undefined);
  const waiting: Envelope[] = [];
  /** Calls at work, in the order of their inputs; the first has its turn. */
  const pumps: { readonly input: Envelope; readonly pump: Pump }[] = [];
  let ending = false;
  let advancing = false;

  const pumpFor = (input: Envelope): Pump => {
    const pump: Pump = new Pump(node, credits, {
      open: () => expand(input.record, node.call),
      input,
      issue: () => {
        input.lease.split(1);
        return credits.issue([input.lease]);
      },
      ended: (thrown) => {
        endInput(node, input, pump, thrown);
        advance();
      },
    });
    return pump;
  };
  /** A loop, not a recursion from input to input: thousands may wait. */
  const advance = (): void => {
    if (advancing) return;
    advancing = true;
    do {
      if (pumps[0]?.pump.ended === true) pumps.shift();
      while (waiting.length > 0 && pumps.length < node.planned.concurrency) {
        node.meter.waiting -= 1;
        const input = waiting.shift() as Envelope;
        const pump = pumpFor(input);
        if (pumps.push({ input, pump }) > 1) pump.prefetch();
      }
      pumps[0]?.pump.takeTurn();
    } while (pumps[0]?.pump.ended === true);
    advancing = false;
    if (ending && pumps.length === 0) {
      ending = false;
      node.complete();
    }
  };
  return {
    take: (input) => {
      node.meter.taken += 1;
      node.meter.waiting += 1;
      waiting.push(input);
      advance();
    },
    end: () => {
      ending = true;
      advance();
    },
    held: () => [...pumps.map(({ input }) => input), ...waiting].map(({ lease }) => lease),
    halt: () => {
      for (const { pump } of pumps) pump.release();
    },
  };
}

/** Gives back the input's own share. An input from which nothing came counts as dropped. */
function endInput(node: RunningNode, input: Envelope, pump: Pump, thrown: Thrown | null): void {
  if (thrown !== null) node.reject(input, input.lease, thrown.thrown, pump.attempt);
  else if (pump.yielded === 0) node.drop(input);
  else input.lease.settle('written');
  node.ended();
}
