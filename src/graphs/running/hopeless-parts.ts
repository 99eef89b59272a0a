/**
 * Which records in joins wait in vain, once nothing in the graph moves by itself. A partner can only be made of the same
 * source record. So where no node upstream of the missing port holds anything of it, none will come. Behind a session
 * this cannot be told: what it gives may be made of any chunk that it heard.
 */
import type { Join, Part } from './join.ts';
import type { Lease } from './lease.ts';
import type { Plan, PortReference } from '../plan.ts';

/** A node that may hold leases while the graph stands still. */
export interface Holder {
  readonly id: string;
  held(): readonly Lease[];
}

export interface JoinAtWork {
  readonly id: string;
  readonly join: Join;
  /** Whether all ports come from one source; the partners of records from several may not have been pulled yet. */
  readonly oneSource: boolean;
}

/** @param joins In the order of the plan: what one upstream lets go may be what another waits for. */
export function hopelessParts(
  plan: Plan,
  joins: readonly JoinAtWork[],
  holders: readonly Holder[],
): { readonly join: Join; readonly parts: Part[] } | null {
  for (const { id, join, oneSource } of joins) {
    if (!oneSource) continue;
    const parts = join.parts().filter((part) => {
      const roots = rootsOf(part.envelope.lease);
      return part.missing().some((port) => {
        const upstream = ancestors(plan, id, port);
        if (plan.nodes.some((node) => upstream.has(node.id) && node.operator.description.shape === 'session'))
          return false;
        return !holders.some((holder) => upstream.has(holder.id) && holder.held().some((lease) => meets(lease, roots)));
      });
    });
    if (parts.length > 0) return { join, parts };
  }
  return null;
}

/** Ids of the nodes from which records may come to a port. */
function ancestors({ nodes }: Plan, id: string, port: string): ReadonlySet<string> {
  const found = new Set<string>();
  const follow = (references: readonly PortReference[]): void => {
    for (const { node } of references) {
      if (found.has(node)) continue;
      found.add(node);
      follow([...(nodes.find((candidate) => candidate.id === node)?.inputs.values() ?? [])].flat());
    }
  };
  follow(nodes.find((candidate) => candidate.id === id)?.inputs.get(port) ?? []);
  return found;
}

function meets(lease: Lease, roots: readonly Lease[]): boolean {
  return rootsOf(lease).some((root) => roots.includes(root));
}

/** The leases that sources gave. */
function rootsOf(lease: Lease): Lease[] {
  return lease.parents.length === 0 ? [lease] : lease.parents.flatMap(rootsOf);
}
