/**
 * A gather that waits for its 8th record while only 4 leases exist waits for ever. `check` refuses such a graph.
 *
 * Let w be how many leases a record on an edge may stand for: 1 behind a source, and behind a gather that holds h records
 * of weight w, h·w. A gather without time limit may wait while it holds h - 1 records; a session keeps the last. All of them can wait at once, and
 * then one more record must be able to come: inFlight >= 1 + sum over gathers of (h - 1)·w. Enough for any graph; a graph
 * whose branches all see the same records could do with less.
 */
import type { PlannedNode } from '../plan.ts';

export interface Holding {
  readonly node: string;
  /** Leases that the node may keep while it waits for more. */
  readonly leases: number;
}

/** The gathers that keep leases while they wait, without time limit. @param nodes Each after what it reads. */
export function holdings(nodes: readonly PlannedNode[]): Holding[] {
  const weights = new Map<string, number>();
  return nodes.flatMap(({ id, operator: { description }, options, inputs }) => {
    const read = [...inputs.values()].flat().map(({ node }) => weights.get(node) ?? 1);
    const weight = Math.max(1, ...read);
    const holds = description.shape === 'gather' ? (description.holds?.(options) ?? 1) : 1;
    weights.set(id, weight * holds);
    if (description.shape === 'session') return [{ node: id, leases: weight }];
    const limited = (description.waitSeconds?.(options) ?? null) !== null;
    return holds > 1 && !limited ? [{ node: id, leases: (holds - 1) * weight }] : [];
  });
}

/** The least `inFlight` under which no gather waits for ever. */
export function leastInFlight(held: readonly Holding[]): number {
  return held.reduce((sum, { leases }) => sum + leases, 1);
}
