/** A node of the shape `each`: at most one record out for each one in, in the same order. */
import type { Running } from '../../operators/define-operator.ts';
import type { AnyRecord } from '../../records.ts';
import type { Envelope } from './lease.ts';
import { Ordered } from './ordered.ts';
import type { RunningNode, Stage } from './running-node.ts';

export function eachStage(node: RunningNode, each: Running<unknown, AnyRecord>['each']): Stage {
  const ordered = new Ordered<Envelope, AnyRecord | undefined>(node, {
    concurrency: node.planned.concurrency,
    attempts: node.planned.onError.attempts,
    run: (input) => each(input.record, node.call),
    deliver: (input, result) => {
      if (result === undefined) node.drop(input);
      else node.give(result, input.lease);
      node.ended();
    },
    reject: (input, thrown, attempt) => {
      node.reject(input, input.lease, thrown, attempt);
      node.ended();
    },
    done: () => node.complete(),
  });
  return {
    take: (input) => {
      node.meter.taken += 1;
      ordered.add(input);
    },
    end: () => ordered.end(),
    held: () => [],
    halt: () => undefined,
  };
}
