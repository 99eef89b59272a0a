/** What is wrong with the inputs of a node: ports, their number, and the kinds of the records that arrive. */
import type { AnyOperator, Ports } from '../../operators/define-operator.ts';
import type { Edge } from './edges.ts';
import { didYouMean, type Fault } from '../faults.ts';
import { faultAt, faultAtKey } from '../loading/located.ts';
import type { LoadedNode } from '../loading/loaded.ts';
import { converters, isPorts, takenKinds, type KindOf } from './record-kinds.ts';

export function inputFaults(
  node: LoadedNode,
  operator: AnyOperator,
  edges: ReadonlyMap<string, readonly Edge[]>,
  kindOf: KindOf,
  operators: ReadonlyMap<string, AnyOperator>,
): Fault[] {
  const { input, name } = operator.description;
  if (input === null) return sourceFaults(node, name);
  const wrong = isPorts(input) ? portFaults(node, name, input) : singleFaults(node, name);
  const kinds = [...edges].flatMap(([port, read]) => {
    if (!isPorts(input)) return port === 'in' ? kindFaults(name, takenKinds(input), read, kindOf, operators) : [];
    if (!Object.hasOwn(input, port)) return [];
    const kind = input[port]!.replace(/\?$/, '');
    return kindFaults(`${name}'s port "${port}"`, [kind], read, kindOf, operators);
  });
  return [...wrong, ...kinds];
}

function sourceFaults(node: LoadedNode, name: string): Fault[] {
  if (node.inputs.size === 0) return [];
  const message = `"${name}" is a source and reads no records`;
  return node.from === null
    ? [faultAt(node.at, message, 'it can only be the first step')]
    : [faultAtKey(node.at, 'from', message, 'remove "from"')];
}

function singleFaults(node: LoadedNode, name: string): Fault[] {
  const named = [...node.inputs.keys()].filter((port) => port !== 'in');
  if (named.length > 0) {
    const message = `"${name}" has one input without a name`;
    return [faultAt(node.from ?? node.at, message, 'write "from": "node"')];
  }
  return node.inputs.has('in')
    ? []
    : [faultAt(node.at, `has no "from"`, `name the node whose records "${name}" takes`)];
}

function portFaults(node: LoadedNode, name: string, ports: Ports): Fault[] {
  const wanted = `{${Object.keys(ports)
    .map((port) => `"${port}": …`)
    .join(', ')}}`;
  if (node.inputs.size === 0) return [faultAt(node.at, 'has no "from"', `"${name}" takes ${wanted}`)];
  if (node.inputs.has('in') && !('in' in ports)) {
    return [faultAt(node.from ?? node.at, `"${name}" has named inputs`, `write "from": ${wanted}`)];
  }
  const at = node.from ?? node.at;
  const unknown = [...node.inputs.keys()].filter((port) => !Object.hasOwn(ports, port));
  const missing = Object.keys(ports).filter((port) => !ports[port]!.endsWith('?') && !node.inputs.has(port));
  return [
    ...unknown.map((port) =>
      faultAtKey(at, port, `"${name}" has no input "${port}"`, didYouMean(port, Object.keys(ports))),
    ),
    ...missing.map((port) => faultAt(at, `the input "${port}" of "${name}" is not wired`, `it takes ${ports[port]!}`)),
  ];
}

/** @param taken null takes any kind; but only one at a time. */
function kindFaults(
  name: string,
  taken: readonly string[] | null,
  edges: readonly Edge[],
  kindOf: KindOf,
  operators: ReadonlyMap<string, AnyOperator>,
): Fault[] {
  const faults: Fault[] = [];
  let first: { kind: string; edge: Edge } | null = null;
  for (const edge of edges) {
    const kind = kindOf(edge.source);
    if (kind === null) continue;
    const { node, port } = edge.source;
    const source = port === 'out' ? node : `${node}.${port}`;
    if (taken !== null && !taken.includes(kind)) {
      const chain = converters(kind, taken, operators.values()).map((each) => `"${each}"`);
      const mend = chain.length === 0 ? null : `put ${chain.join(', then ')} between`;
      faults.push(faultAt(edge.at, `${name} takes ${taken.join(' or ')}, but "${source}" gives ${kind}`, mend));
    } else if (first === null) first = { kind, edge };
    else if (first.kind !== kind) {
      const other = first.edge.source.node;
      const message = `${kind} of "${source}" cannot be merged with ${first.kind} of "${other}"`;
      faults.push(faultAt(edge.at, message, 'give each kind a node of its own'));
    }
  }
  return faults;
}
