/**
 * Whose leases the records on an edge carry. A join needs it to know its partners: records of the same leases, or records
 * that come from different sources and meet only by their id.
 */
import type { Plan, PortReference } from '../plan.ts';
import { isPorts } from '../checking/record-kinds.ts';

export interface Origins {
  /** Nodes that gave the leases: sources, and whatever makes new leases of others. */
  readonly issuers: ReadonlySet<string>;
  /** Sources that the records come from in the end. */
  readonly sources: ReadonlySet<string>;
}

/** The origins of each port of a node with inputs. */
export function inputOrigins(plan: Plan): ReadonlyMap<string, ReadonlyMap<string, Origins>> {
  const inputs = new Map<string, Map<string, Origins>>();
  const outputs = new Map<string, Origins>();
  const key = ({ node, port }: PortReference): string => `${node}.${port}`;
  for (const node of plan.nodes) {
    const ports = new Map<string, Origins>();
    for (const [port, references] of node.inputs) {
      ports.set(port, union(references.map((reference) => outputs.get(key(reference)) ?? nothing)));
    }
    inputs.set(node.id, ports);
    const taken = union([...ports.values()]);
    const { shape, input } = node.operator.description;
    const sources = input === null ? new Set([node.id]) : taken.sources;
    const passesOn = shape === 'each' && (!isPorts(input) || haveSameLeases(ports));
    const own: Origins = { issuers: new Set([node.id]), sources };
    const unused = passesOn ? taken : { issuers: new Set([...taken.issuers, node.id]), sources };
    outputs.set(`${node.id}.out`, passesOn ? taken : own);
    outputs.set(`${node.id}.errors`, unused);
    outputs.set(`${node.id}.dropped`, unused);
  }
  return inputs;
}

/** Whether records of one id carry one lease on all ports. */
export function haveSameLeases(ports: ReadonlyMap<string, Origins>): boolean {
  const [first, ...others] = ports.values();
  if (first === undefined) return true;
  return others.every(
    ({ issuers }) => issuers.size === first.issuers.size && [...issuers].every((issuer) => first.issuers.has(issuer)),
  );
}

/** Whether all ports come from one source, however their leases were divided on the way. */
export function haveOneSource(ports: ReadonlyMap<string, Origins>): boolean {
  return union([...ports.values()]).sources.size <= 1;
}

const nothing: Origins = { issuers: new Set(), sources: new Set() };

function union(origins: readonly Origins[]): Origins {
  return {
    issuers: new Set(origins.flatMap(({ issuers }) => [...issuers])),
    sources: new Set(origins.flatMap(({ sources }) => [...sources])),
  };
}
