/** Faults that no single node shows: too few leases, two sinks that write the same file. */
import { resolve } from 'node:path';
import { holdings, leastInFlight } from './deadlock.ts';
import type { Fault } from '../faults.ts';
import { faultAt, faultAtKey, member } from '../loading/located.ts';
import type { LoadedPipeline } from '../loading/loaded.ts';
import type { PlannedNode } from '../plan.ts';
import type { KindedNode } from './record-kinds.ts';

/** A gather that would wait for ever (`deadlock.ts`). */
export function deadlockFault(nodes: readonly PlannedNode[], inFlight: number, loaded: LoadedPipeline): Fault | null {
  const held = holdings(nodes);
  const least = leastInFlight(held);
  if (held.length === 0 || least <= inFlight) return null;
  const names = held.map(({ node }) => `"${node}"`).join(', ');
  const message = `with ${inFlight} records in flight the run would stop for ever at ${names}`;
  const mend = Number.isFinite(least)
    ? `set "inFlight" to at least ${least}, or give the node a time limit`
    : 'give the node a time limit';
  if (member(loaded.root, 'inFlight')) return faultAtKey(loaded.root, 'inFlight', message, mend);
  const at = loaded.nodes.find(({ id }) => id === held[0]!.node)!.at;
  return faultAt(at, message, mend);
}

/** Two sinks that would write over each other. */
export function pathFaults(nodes: readonly PlannedNode[], loaded: LoadedPipeline): Fault[] {
  const writers = new Map<string, string>();
  return nodes.flatMap(({ id, operator, options }) => {
    const path = options['path'];
    if (operator.description.sink !== true || typeof path !== 'string') return [];
    const before = writers.get(resolve(path));
    writers.set(resolve(path), id);
    if (before === undefined) return [];
    const written = member(loaded.nodes.find((node) => node.id === id)!.options, 'path');
    return written ? [faultAt(written, `"${before}" writes ${path} already`, 'give one of them another path')] : [];
  });
}

/**
 * Joins whose ports read different sources: nothing in the file shows whether their ids come in the same order, so that
 * this cannot be refused. @param nodes Each after what it reads.
 */
export function joinWarnings(nodes: readonly KindedNode[]): string[] {
  const sources = new Map<string, ReadonlySet<string>>();
  return nodes.flatMap(({ id, inputs }) => {
    const ports = [...inputs].map(([, read]) => new Set(read.flatMap(({ node }) => [...(sources.get(node) ?? [])])));
    const all = new Set(ports.flatMap((port) => [...port]));
    sources.set(id, inputs.size === 0 ? new Set([id]) : all);
    if (ports.every((port) => port.size === all.size)) return [];
    const names = [...all].map((name) => `"${name}"`).join(' and ');
    return [
      `${id}: joins records of ${names}; where their ids come in different orders, the run can stop for want of records in flight`,
    ];
  });
}
