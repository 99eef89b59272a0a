/**
 * From a loaded pipeline to a plan, or to every fault at once: operators, options, edges, kinds of records, circles,
 * dead ends, and leases that could never be enough.
 */
import type { AnyOperator } from '../operators/define-operator.ts';
import { order, resolveEdges, type Edges } from './checking/edges.ts';
import { errorNode, type ErrorsTo } from './checking/error-node.ts';
import { didYouMean, formatPlace, sortFaults, type Fault } from './faults.ts';
import { inputFaults } from './checking/input-faults.ts';
import { faultAt, faultAtKey, member, plain } from './loading/located.ts';
import type { LoadedNode, LoadedPipeline } from './loading/loaded.ts';
import { worstCaseBytes } from './checking/memory.ts';
import type { ErrorPolicy, PlannedNode, Plan, PortReference } from './plan.ts';
import { isPorts, recordKinds, takenKinds, type KindedNode, type KindOf } from './checking/record-kinds.ts';
import { resolvedPipeline } from './checking/resolved.ts';
import { schemaFaults } from './loading/schema-faults.ts';
import { deadlockFault, joinWarnings, pathFaults } from './checking/whole-graph-faults.ts';

export const DEFAULT_IN_FLIGHT = 8;
export const DEFAULT_LONGEST_SECONDS = 30;

export interface Checked {
  /** null when there are faults. */
  readonly plan: Plan | null;
  /** In the order of the files. Print them with `formatFault`. */
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  /** The most that all records in flight can hold together; null when there are faults. */
  readonly memory: { readonly bytes: number; readonly longestSeconds: number } | null;
}

/**
 * Every fault of a loaded pipeline, or the plan that runs it.
 * @param errorsTo Where error rows go that no node reads.
 */
export function check(loaded: LoadedPipeline, errorsTo: ErrorsTo = 'file'): Checked {
  const faults: Fault[] = [...loaded.faults];
  const edges = resolveEdges(loaded, faults);
  const ordered = order(loaded.nodes, edges, faults);
  const operators = new Map(ordered.map((node) => [node.id, operatorOf(node, loaded, faults)]));
  const kinded = ordered.map((node) => {
    const operator = operators.get(node.id) ?? null;
    const options = operator && parseOptions(node, operator, loaded, faults);
    return { id: node.id, operator, options, inputs: inputsOf(node.id, edges) };
  });
  const kindOf = recordKinds(kinded);
  const inFlight = numberOf(loaded, 'inFlight', DEFAULT_IN_FLIGHT);
  const longestSeconds = numberOf(loaded, 'longestSeconds', DEFAULT_LONGEST_SECONDS);
  const warnings = [...loaded.warnings];

  const nodes: PlannedNode[] = [];
  for (const [index, { operator, options }] of kinded.entries()) {
    const node = ordered[index]!;
    if (!operator) continue;
    faults.push(...inputFaults(node, operator, edges.get(node.id)!, kindOf, loaded.operators));
    const concurrency = concurrencyOf(node, operator, faults);
    if (concurrency > inFlight) {
      warnings.push(`${node.id}: a concurrency of ${concurrency} is never reached with ${inFlight} records in flight`);
    }
    const inputs = inputsOf(node.id, edges);
    if (options)
      nodes.push({ id: node.id, operator, options, inputs, concurrency, onError: errorPolicy(node), implicit: false });
  }
  if (!loaded.incomplete) faults.push(...deadEnds(kinded, loaded, kindOf));
  if (loaded.ids.size === 0 && loaded.faults.length === 0) {
    faults.push(faultAt(loaded.root, 'the pipeline has no nodes', 'add them under "nodes" or "steps"'));
  }
  faults.push(...pathFaults(nodes, loaded));
  warnings.push(...joinWarnings(kinded));
  const deadlock = deadlockFault(nodes, inFlight, loaded);
  if (deadlock) faults.push(deadlock);
  if (faults.length > 0) return { plan: null, faults: sortFaults(faults, loaded.file), warnings, memory: null };

  const { name, overrides } = loaded;
  const collector = errorNode(name, nodes, loaded.operators, errorsTo);
  const resolved = resolvedPipeline(name, inFlight, nodes);
  const plan = { name, nodes: collector ? [...nodes, collector] : nodes, inFlight, resolved, overrides };
  const bytes = worstCaseBytes(nodes, kindOf, inFlight, longestSeconds);
  return { plan, faults: [], warnings, memory: { bytes, longestSeconds } };
}

function operatorOf(node: LoadedNode, { operators }: LoadedPipeline, faults: Fault[]): AnyOperator | null {
  const { value } = node.op;
  if (typeof value !== 'string') return null;
  const operator = operators.get(value);
  if (operator) return operator;
  const mend = didYouMean(value, operators.keys()) ?? '`diglot list` shows all';
  faults.push(faultAt(node.op, `there is no operator "${value}"`, mend));
  return null;
}

function parseOptions(
  node: LoadedNode,
  { description }: AnyOperator,
  loaded: LoadedPipeline,
  faults: Fault[],
): Record<string, unknown> | null {
  const wrong = schemaFaults(description.options, node.options, 'option');
  // A parameter with a wrong value was blamed already, at the same place.
  const blamed = new Set(
    loaded.faults
      .filter(({ place }) => place.line !== null || place.source.startsWith('--'))
      .map(({ place }) => formatPlace(place)),
  );
  faults.push(...wrong.filter(({ place }) => !blamed.has(formatPlace(place))));
  return wrong.length > 0 ? null : description.options.parse(plain(node.options));
}

function concurrencyOf(node: LoadedNode, { description }: AnyOperator, faults: Fault[]): number {
  const { concurrency } = node;
  if (concurrency && (description.shape === 'gather' || description.shape === 'session')) {
    const message = `"${description.name}" takes records one after the other`;
    faults.push(faultAtKey(node.at, 'concurrency', message, 'remove "concurrency"'));
  }
  return typeof concurrency?.value === 'number' ? concurrency.value : 1;
}

function errorPolicy({ onError }: LoadedNode): ErrorPolicy {
  const pick = (key: string): unknown => onError.map((policy) => member(policy, key)).find((value) => value)?.value;
  const maxRate = pick('maxRate');
  return {
    action: pick('action') === 'stop' ? 'stop' : 'row',
    attempts: (pick('attempts') as number | undefined) ?? 1,
    maxRate: typeof maxRate === 'number' ? maxRate : null,
  };
}

function inputsOf(id: string, edges: Edges): Map<string, PortReference[]> {
  return new Map([...(edges.get(id) ?? [])].map(([port, read]) => [port, read.map(({ source }) => source)]));
}

/** Nodes whose records nobody reads, unless a node whose own `from` is wrong may have been meant to. */
function deadEnds(nodes: readonly KindedNode[], loaded: LoadedPipeline, kindOf: KindOf): Fault[] {
  const inputs = new Map(nodes.map((node) => [node.id, [...node.inputs.values()].flat()]));
  const read = new Set([...inputs.values()].flat().flatMap(({ node, port }) => (port === 'out' ? node : [])));
  const written = new Map(loaded.nodes.map((node) => [node.id, node]));
  const hungry = nodes.filter(({ id, operator }) => {
    const meant = [...written.get(id)!.inputs.values()].flat().length;
    return operator?.description.input !== null && inputs.get(id)!.length < Math.max(1, meant);
  });
  return nodes.flatMap(({ id, operator }) => {
    if (operator === null || operator.description.sink === true || read.has(id)) return [];
    const kind = kindOf({ node: id, port: 'out' });
    if (hungry.some((node) => node.id !== id && mayTake(node, kind))) return [];
    const message = `nothing reads the ${kind ?? 'records'} that "${id}" gives`;
    return [faultAt(written.get(id)!.at, message, 'a branch ends in a sink such as write-arrow')];
  });
}

function mayTake({ operator }: KindedNode, kind: string | null): boolean {
  if (operator === null || kind === null) return true;
  const { input } = operator.description;
  if (isPorts(input)) return Object.values(input).some((wanted) => wanted.replace(/\?$/, '') === kind);
  return takenKinds(input)?.includes(kind) ?? true;
}

function numberOf({ root }: LoadedPipeline, key: string, fallback: number): number {
  const value = member(root, key)?.value;
  return typeof value === 'number' ? value : fallback;
}
