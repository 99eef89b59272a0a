/** What a run tells of itself while it goes and when it has ended. Counts are records, times are seconds. */

import type { Progress } from '../operators/define-operator.ts';

export interface NodeStatus {
  readonly id: string;
  readonly operator: string;
  readonly taken: number;
  readonly given: number;
  readonly errors: number;
  /** Records that the operator let fall on purpose (filtered), or that a live edge had to drop. */
  readonly dropped: number;
  /** Records being worked on now, waiting before the node, and held by it (gather, join). */
  readonly active: number;
  readonly waiting: number;
  readonly held: number;
  /** Time with at least one record in work; with none and none waiting; with results that wait for their turn. */
  readonly busySeconds: number;
  readonly starvedSeconds: number;
  readonly blockedSeconds: number;
}

export interface RunStatus {
  readonly name: string;
  readonly seconds: number;
  readonly nodes: readonly NodeStatus[];
  /** Leases open now, and the most there may be. */
  readonly inFlight: number;
  readonly inFlightLimit: number;
  /** Source records: pulled, and settled by their worst result. */
  readonly pulled: number;
  readonly written: number;
  readonly failed: number;
  readonly dropped: number;
  /** Source records that were passed over: the output has their rows, or their errors. */
  readonly present: number;
  /** Source records to come in all, and their audio, where the source told; else null. */
  readonly expected: number | null;
  readonly expectedAudioSeconds: number | null;
  /** Audio of the settled records: sum of `origin.duration` or `duration`. */
  readonly audioSeconds: number;
  /** What an operator told of its progress, last; null where none did. */
  readonly progress: Progress | null;
  /** The node with the largest share of busy time; null before anything ran. */
  readonly bottleneck: string | null;
}

export interface RunReport extends RunStatus {
  /** pulled = written + failed + dropped, and every node accounts for what it took. */
  readonly conserved: boolean;
  /** One sentence for each thing that does not add up; empty when `conserved`. */
  readonly imbalances: readonly string[];
  /** `done`; `drained` after the first Ctrl-C; `aborted` after the second; `failed` with `failure` set. */
  readonly outcome: 'done' | 'drained' | 'aborted' | 'failed';
  readonly failure: Error | null;
  /** Files that sinks wrote. */
  readonly parts: readonly { readonly path: string; readonly rows: number; readonly bytes: number }[];
}

/** A graph at work. */
export interface RunningGraph {
  status(): RunStatus;
  /** Never rejects: what went wrong stands in the report. */
  readonly finished: Promise<RunReport>;
  /** Stops pulling; what is in flight is finished and committed. */
  drain(): void;
  /** Stops at once; open files are discarded. */
  abort(): void;
}
