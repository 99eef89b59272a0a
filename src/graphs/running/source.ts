/** A node without input: an `expand` that is called once, and whose leases have nothing above them. */
import { RecordError } from '../../errors.ts';
import type { Running } from '../../operators/define-operator.ts';
import type { AnyRecord } from '../../records.ts';
import type { Credits } from './credits.ts';
import { liveEdge } from './live-edge.ts';
import { Pump } from './pump.ts';
import type { RunningNode } from './running-node.ts';
import type { Selection } from './selection.ts';
import type { Tally } from './tally.ts';

export interface Source {
  /** Begins to pull. */
  start(): void;
  /**
   * Pulls no more; what is in flight goes on. The caller has aborted the source's signal, which ends a live source.
   * @returns Whether there may have been more to pull.
   */
  drain(): boolean;
  /** The run was stopped. */
  halt(): void;
}

export function sourceStage(
  node: RunningNode,
  expand: Running<undefined, AnyRecord>['expand'],
  credits: Credits,
  tally: Tally,
  selection: Selection,
): Source {
  const { operator, options } = node.planned;
  const live = operator.description.live?.(options) === true;
  const count = (): void => {
    tally.pulled += 1;
    node.meter.taken += 1;
    node.meter.ended += 1;
  };
  const pump = new Pump(node, credits, {
    input: null,
    open: () => {
      const records = expand(undefined, node.call);
      if (!live) return selection.isWhole ? records : selection.from(records);
      return liveEdge(records, credits.limit, node.call.signal, () => {
        count();
        tally.dropped += 1;
        node.meter.dropped += 1;
      });
    },
    issue: (record) => {
      count();
      const lease = credits.issue([]);
      if (!(record instanceof RecordError)) lease.source = record;
      return lease;
    },
    ended: (thrown) => {
      if (thrown === null) node.complete();
      else if (thrown.thrown instanceof RecordError) {
        const { message, id } = thrown.thrown;
        node.run.fail(node.error('source', `broke off: ${message}`, id, thrown.thrown));
      } else node.fail(thrown.thrown, null);
    },
  });
  return {
    start: () => pump.takeTurn(),
    drain: () => (live ? !pump.ended : pump.stop()),
    halt: () => pump.release(),
  };
}
