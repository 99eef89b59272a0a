/**
 * A node of the shape `session`: a live stream with state. What a chunk brings out carries the chunk's lease. The last
 * chunk keeps its lease until the next one comes, so that what the end of the stream brings out is answered for too.
 */
import type { Running } from '../../operators/define-operator.ts';
import type { AnyRecord } from '../../records.ts';
import { type Envelope, Lease } from './lease.ts';
import { Ordered } from './ordered.ts';
import type { RunningNode, Stage } from './running-node.ts';

const flush = 'flush';

export function sessionStage(node: RunningNode, session: Running<unknown, AnyRecord>['session']): Stage {
  /** The last chunk that was heard. */
  let last: Envelope | null = null;

  /** Sends records under shares of a lease of which the caller keeps one. */
  const give = (records: Iterable<AnyRecord>, lease: Lease): void => {
    for (const record of records) {
      lease.split(1);
      node.give(record, lease);
    }
  };
  const release = (): void => {
    if (last === null) return;
    const { lease } = last;
    last = null;
    node.meter.held -= 1;
    node.ended();
    lease.settle('written');
  };
  const ordered = new Ordered<Envelope | typeof flush, Iterable<AnyRecord>>(node, {
    concurrency: 1,
    attempts: node.planned.onError.attempts,
    run: (input) => (input === flush ? session.flush(node.call) : session.chunk(input.record, node.call)),
    deliver: (input, records) => {
      if (input === flush) give(records, last?.lease ?? new Lease(null, []));
      else {
        release();
        last = input;
        node.meter.held += 1;
        give(records, input.lease);
      }
    },
    reject: (input, thrown, attempt) => {
      if (input !== flush) {
        node.reject(input, input.lease, thrown, attempt);
        node.ended();
      } else if (last !== null) {
        last.lease.split(1);
        node.reject(last, last.lease, thrown, attempt);
      } else node.fail(thrown, null);
    },
    done: () => {
      release();
      node.complete();
    },
  });
  return {
    take: (input) => {
      node.meter.taken += 1;
      ordered.add(input);
    },
    end: () => {
      ordered.add(flush);
      ordered.end();
    },
    held: () => (last === null ? [] : [last.lease]),
    halt: () => undefined,
  };
}
