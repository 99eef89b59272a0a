/** The edges of a graph: what every `from` names, and an order in which each node comes after what it reads. */
import { didYouMean, type Fault } from '../faults.ts';
import { faultAt, type Located } from '../loading/located.ts';
import type { LoadedNode, LoadedPipeline, Reference } from '../loading/loaded.ts';
import type { PortReference } from '../plan.ts';

export const PORTS = ['out', 'errors', 'dropped'] as const;

/** An output that feeds a port, and the place that says so. */
export interface Edge {
  readonly source: PortReference;
  readonly at: Located;
}

/** Node id -> port -> edges. */
export type Edges = ReadonlyMap<string, ReadonlyMap<string, readonly Edge[]>>;

/** Resolves every reference; names that do not exist become faults, and their edges are left out. */
export function resolveEdges(loaded: LoadedPipeline, faults: Fault[]): Edges {
  const known = new Map(loaded.nodes.map((node) => [node.id, node]));
  return new Map(
    loaded.nodes.map((node) => {
      const ports = [...node.inputs].map(([port, references]) => {
        const edges = references.flatMap((reference) => resolve(reference, node, known, loaded, faults));
        return [port, withoutRepeats(edges, faults)] as const;
      });
      return [node.id, new Map(ports)] as const;
    }),
  );
}

function resolve(
  reference: Reference,
  reader: LoadedNode,
  known: ReadonlyMap<string, LoadedNode>,
  loaded: LoadedPipeline,
  faults: Fault[],
): Edge[] {
  const { text, scope, at } = reference;
  const refuse = (message: string, mend: string | null): Edge[] => {
    faults.push(faultAt(at, message, mend));
    return [];
  };
  const dot = text.indexOf('.');
  const name = dot < 0 ? text : text.slice(0, dot);
  const port = PORTS.find((each) => each === (dot < 0 ? 'out' : text.slice(dot + 1)));
  const id = scope + name;
  const include = loaded.includes.get(id);
  if (!known.has(id) && !include) {
    // A node with a fault of its own is there, though nothing of it is known.
    if (loaded.ids.has(id)) return [];
    const others = [...loaded.ids].filter((each) => each.startsWith(scope) && each !== reader.id);
    const names = others.map((each) => each.slice(scope.length));
    return refuse(`there is no node "${name}"`, didYouMean(name, names));
  }
  if (port === undefined) {
    const wrong = text.slice(dot + 1);
    return refuse(`"${name}" has no port "${wrong}"`, didYouMean(wrong, PORTS));
  }
  if (id === reader.id) return refuse('the node reads itself', 'name the node before it');
  if (!include) return [{ source: { node: id, port }, at }];
  if (port !== 'out') {
    const inside = include.members.filter((member) => known.has(member) && member !== reader.id);
    return inside.map((member) => ({ source: { node: member, port }, at }));
  }
  if (include.output === null) {
    return include.members.length === 0
      ? []
      : refuse(`"${name}" gives no records`, 'declare "output" in the file that it uses');
  }
  return resolve(include.output, reader, known, loaded, faults).map((edge) => ({ ...edge, at }));
}

function withoutRepeats(edges: readonly Edge[], faults: Fault[]): Edge[] {
  const seen = new Set<string>();
  return edges.filter(({ source, at }) => {
    const name = source.port === 'out' ? source.node : `${source.node}.${source.port}`;
    if (seen.has(name)) {
      faults.push(faultAt(at, `"${name}" is named twice; its records would come twice`, 'remove one'));
      return false;
    }
    return seen.add(name);
  });
}

/**
 * Nodes in the order of the file, but each after what it reads. A cycle becomes a fault that shows its chain, at the
 * edge that closes it; its nodes come in the order of the file.
 */
export function order(nodes: readonly LoadedNode[], edges: Edges, faults: Fault[]): LoadedNode[] {
  const readers = new Map<string, LoadedNode[]>();
  const waitsFor = new Map<string, number>();
  for (const node of nodes) {
    const read = sourcesOf(node.id, edges);
    waitsFor.set(node.id, read.length);
    for (const source of read) readers.set(source, [...(readers.get(source) ?? []), node]);
  }
  const ordered: LoadedNode[] = [];
  const done = new Set<string>();
  const finish = (first: LoadedNode): void => {
    const ready = [first];
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      if (done.has(node.id)) continue;
      done.add(node.id);
      ordered.push(node);
      for (const reader of (readers.get(node.id) ?? []).toReversed()) {
        const left = waitsFor.get(reader.id)! - 1;
        waitsFor.set(reader.id, left);
        if (left === 0) ready.push(reader);
      }
    }
  };
  for (const node of nodes) if (waitsFor.get(node.id) === 0) finish(node);
  for (const node of nodes) {
    if (done.has(node.id)) continue;
    const cycle = cycleBehind(node.id, edges, done);
    const [first, last] = [cycle[0]!, cycle.at(-1)!];
    const closing = [...(edges.get(first)?.values() ?? [])].flat().find(({ source }) => source.node === last);
    const message = `the nodes read each other in a circle: ${[...cycle, first].join(' -> ')}`;
    faults.push(faultAt(closing!.at, message, 'one of them must read a node outside the circle'));
    for (const id of cycle) finish(nodes.find((each) => each.id === id)!);
  }
  return ordered;
}

function sourcesOf(id: string, edges: Edges): string[] {
  return [...new Set([...(edges.get(id)?.values() ?? [])].flat().map(({ source }) => source.node))];
}

/** From a node that never became ready, back along unfinished nodes until one is met again. In the order of the records. */
function cycleBehind(start: string, edges: Edges, done: ReadonlySet<string>): string[] {
  const path: string[] = [];
  const seen = new Map<string, number>();
  let id = start;
  while (!seen.has(id)) {
    seen.set(id, path.length);
    path.push(id);
    id = sourcesOf(id, edges).find((source) => !done.has(source))!;
  }
  return path.slice(seen.get(id)).reverse();
}
