/**
 * From the nodes and steps of a file, and of the files that it includes by `use`, to one flat list of nodes. An
 * included file says which node takes the records (`input`) and whose records stand for the whole (`output`); the ids
 * inside get the prefix of the `use` node: `features/mel`.
 */
import { formatPlace, type Fault } from '../faults.ts';
import { faultAt, faultAtKey, isArray, isObject, items, member, members, textMember, type Located } from './located.ts';
import type { Include, LoadedNode, Reference } from './loaded.ts';
import { openPipeline } from './open.ts';
import { overridesInside, type Override } from './overrides.ts';
import type { Plugins } from './plugins.ts';
import { reach } from './reach.ts';
import { isModule, readPipelineFile, type ReadFile } from './read-file.ts';
import { stepIds } from './steps.ts';

/** Files that include others twice grow as powers of two. */
const MAX_INCLUDES = 1000;

/** What one load gathers over all its files. */
export interface Gathered {
  readonly nodes: LoadedNode[];
  /** Ids of all nodes, those with faults too. */
  readonly ids: Set<string>;
  /** Whether a node could not be read, so that edges are missing which the files mean. */
  incomplete: boolean;
  readonly includes: Map<string, Include>;
  readonly faults: Fault[];
  readonly warnings: string[];
  readonly plugins: Plugins;
  readonly files: Map<string, Promise<ReadFile>>;
}

/** One file on its way into the graph. */
interface Opened {
  readonly file: string;
  readonly pipeline: Located;
  readonly scope: string;
  /** Files around this one, outermost first, itself last. */
  readonly chain: readonly string[];
  readonly overrides: readonly Override[];
  readonly onError: readonly Located[];
}

/**
 * Adds the nodes of one opened file, and of what it includes, to what was gathered.
 * @param incoming What feeds the file's `input`.
 * @returns The ids that were added.
 */
export async function flatten(opened: Opened, incoming: readonly Reference[], gathered: Gathered): Promise<string[]> {
  const { pipeline, scope } = opened;
  const added: string[] = [];
  const input = inputOf(pipeline);
  let entered = false;
  const place = async (id: string, node: Located, inputs: Map<string, Reference[]>): Promise<void> => {
    if (gathered.ids.has(`${scope}${id}`)) {
      const message = `there is a node "${scope}${id}" already`;
      gathered.faults.push(faultAt(member(node, 'id') ?? node, message, 'give one of them another id'));
      return;
    }
    gathered.ids.add(`${scope}${id}`);
    if (id === input?.node) {
      entered = true;
      inputs.set(input.port, [...(inputs.get(input.port) ?? []), ...incoming]);
    }
    added.push(...(await placeNode(`${scope}${id}`, node, inputs, opened, gathered)));
  };
  const nodes = members(member(pipeline, 'nodes'));
  for (const [id, node] of nodes) {
    if (isObject(node.value)) await place(id, node, references(member(node, 'from'), scope));
    else skip(`${scope}${id}`, gathered);
  }
  const steps = items(member(pipeline, 'steps'));
  const ids =
    steps.length === 0
      ? []
      : stepIds(
          member(pipeline, 'steps')!,
          nodes.map(([id]) => id),
        );
  let previous: readonly Reference[] = [];
  for (const [index, step] of steps.entries()) {
    const id = ids[index]!;
    const own = member(step, 'from');
    const inputs = own
      ? references(own, scope)
      : new Map(previous.length > 0 ? [['in', previous.map((read) => ({ ...read, at: step }))]] : []);
    const read = inputs.get('in') ?? [];
    await place(id, step, inputs);
    previous = endsBranch(`${scope}${id}`, step, gathered) ? read : [{ text: id, scope, at: step }];
  }
  if (input && !entered) {
    gathered.incomplete = true;
    const message = `there is no node "${input.node}"`;
    gathered.faults.push(faultAt(member(pipeline, 'input')!, message, 'name the node that takes the records'));
  }
  return added;
}

/** Keeps the name of a node that has faults of its own, so that nobody is told that it does not exist. */
function skip(id: string, gathered: Gathered): string[] {
  gathered.ids.add(id);
  gathered.incomplete = true;
  return [id];
}

/** Whether the next step reads what this one read. */
function endsBranch(id: string, step: Located, { plugins, includes }: Gathered): boolean {
  const include = includes.get(id);
  if (include) return include.output === null;
  const op = typeof step.value === 'string' ? step.value : textMember(step, 'op');
  return op !== undefined && plugins.operators.get(op)?.description.sink === true;
}

function inputOf(pipeline: Located): { node: string; port: string } | null {
  const input = textMember(pipeline, 'input');
  if (input === undefined) return null;
  const dot = input.indexOf('.');
  return dot < 0 ? { node: input, port: 'in' } : { node: input.slice(0, dot), port: input.slice(dot + 1) };
}

/** A `from` made references; what has the wrong type is left out, the schema has said so. */
function references(from: Located | undefined, scope: string): Map<string, Reference[]> {
  const list = (located: Located): Reference[] =>
    (isArray(located.value) ? located.value : [located]).flatMap((at) =>
      typeof at.value === 'string' ? [{ text: at.value, scope, at }] : [],
    );
  if (from === undefined) return new Map();
  if (isObject(from.value)) return new Map(members(from).map(([port, located]) => [port, list(located)]));
  return new Map([['in', list(from)]]);
}

async function placeNode(
  id: string,
  node: Located,
  inputs: Map<string, Reference[]>,
  opened: Opened,
  gathered: Gathered,
): Promise<string[]> {
  const { faults } = gathered;
  const op = typeof node.value === 'string' ? node : member(node, 'op');
  const use = member(node, 'use');
  if (op && use) {
    faults.push(
      faultAtKey(node, 'use', 'stands beside "op"; a node is either an operator or another file', 'remove one'),
    );
    return skip(id, gathered);
  }
  if (use) {
    const inner = member(node, 'concurrency');
    if (inner)
      faults.push(faultAtKey(node, 'concurrency', 'has no meaning beside "use"', 'set it on the nodes inside'));
    return include(id, node, use, inputs, opened, gathered);
  }
  if (op === undefined) {
    if (isObject(node.value)) faults.push(faultAt(node, 'has no "op"', 'name the operator, or a file with "use"'));
    return skip(id, gathered);
  }
  const none: Located = { place: node.place, path: `${node.path}.with`, value: new Map() };
  const options = member(node, 'with');
  gathered.nodes.push({
    id,
    at: node,
    op,
    inputs,
    from: member(node, 'from') ?? null,
    options: options && isObject(options.value) ? options : none,
    concurrency: member(node, 'concurrency') ?? null,
    onError: [member(node, 'onError'), ...opened.onError].filter((policy) => policy !== undefined),
  });
  return [id];
}

async function include(
  id: string,
  node: Located,
  use: Located,
  inputs: ReadonlyMap<string, readonly Reference[]>,
  around: Opened,
  gathered: Gathered,
): Promise<string[]> {
  const { faults, includes } = gathered;
  const refuse = (message: string, mend: string | null = null): string[] => {
    faults.push(faultAt(use, message, mend));
    includes.set(id, { at: node, output: null, members: [] });
    gathered.incomplete = true;
    return [];
  };
  if (typeof use.value !== 'string') return refuse('expected a path');
  if (includes.size >= MAX_INCLUDES) return refuse(`more than ${MAX_INCLUDES} files are included`);
  const reached = await reach(around.file, use.value, gathered.plugins.folders);
  if ('refused' in reached) return refuse(reached.refused, reached.mend);
  const file = reached.path;
  if (around.chain.includes(file)) return refuse(`the file includes itself: ${[...around.chain, file].join(' -> ')}`);
  if (isModule(file) && !gathered.plugins.allowed) {
    return refuse('a TypeScript pipeline is not executed here', 'leave out --no-ts if you trust the file');
  }
  const read = await readOnce(file, gathered);
  faults.push(...read.faults);
  const [inner, ...others] = read.pipelines;
  if (inner === undefined) return refuse(`${file} cannot be used`, 'its faults are listed with it');
  if (others.length > 0) return refuse(`${file} gives ${read.pipelines.length} pipelines; "use" takes one`);

  const scope = `${id}/`;
  const overrides = overridesInside(id.slice(around.scope.length), around.overrides);
  const values = member(node, 'with')?.value;
  const given = values !== undefined && isObject(values) ? values : new Map<string, never>();
  const giveHint = (_: string, name: string) => `"with": {"${name}": …} at ${formatPlace(node.place)}`;
  const opening = { file, pipeline: inner, scope, overrides, given, giveHint };
  const pipeline = await openPipeline(opening, gathered.plugins, faults);
  for (const key of ['inFlight', 'longestSeconds']) {
    const value = member(pipeline, key);
    if (value) gathered.warnings.push(`${formatPlace(value.place)}  ${key}: only the including file's counts`);
  }
  const incoming = [...inputs.values()].flat();
  const named = [...inputs.keys()].find((port) => port !== 'in');
  if (named !== undefined)
    faults.push(
      faultAt(member(node, 'from')!, 'an included file has one input without a name', 'write "from": "node"'),
    );
  if (incoming.length > 0 && !member(pipeline, 'input')) {
    faults.push(faultAtKey(node, 'from', `${file} takes no records`, 'declare "input" in it, or remove "from"'));
  }
  if (incoming.length === 0 && member(pipeline, 'input')) {
    faults.push(faultAt(node, `has no "from", but ${file} takes records`, 'name the node that it reads'));
  }
  const output = member(pipeline, 'output');
  includes.set(id, { at: node, output: null, members: [] });
  const policies = [member(node, 'onError'), member(pipeline, 'onError'), ...around.onError];
  const onError = policies.filter((policy) => policy !== undefined);
  const chain = [...around.chain, file];
  const inside = await flatten({ file, pipeline, scope, chain, overrides, onError }, incoming, gathered);
  const text = output?.value;
  includes.set(id, {
    at: node,
    output: output && typeof text === 'string' ? { text, scope, at: output } : null,
    members: inside,
  });
  return inside;
}

function readOnce(file: string, { files }: Gathered): Promise<ReadFile> {
  const reading = files.get(file) ?? readPipelineFile(file);
  files.set(file, reading);
  return reading;
}
