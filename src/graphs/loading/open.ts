/** One pipeline file made ready to be read: overrides and parameters worked in, its shape checked, its plugins loaded. */
import type { Fault } from '../faults.ts';
import { faultAtKey, isArray, isObject, member, members, moved, withMember, type Located } from './located.ts';
import { applyOverrides, type Override } from './overrides.ts';
import { declaredParameters, parameterValues, type Given } from './parameters.ts';
import { pipelineSchema } from '../pipeline-schema.ts';
import { loadPlugins, type Plugins } from './plugins.ts';
import { schemaFaults } from './schema-faults.ts';
import { stepIds } from './steps.ts';
import { referredParameters, substitute } from './substitute.ts';

export interface Opening {
  /** As the user knows it. */
  readonly file: string;
  readonly pipeline: Located;
  /** What stands before its ids: empty, or `features/`. */
  readonly scope: string;
  readonly overrides: readonly Override[];
  readonly given: Given;
  /** How a required parameter is given, for the mend of a missing one. */
  readonly giveHint: (flag: string, name: string) => string;
}

/** What is returned can be read as a pipeline, whatever is wrong with it; what is wrong is added to the faults. */
export async function openPipeline(opening: Opening, plugins: Plugins, faults: Fault[]): Promise<Located> {
  const set = renamed(applyOverrides(opening.pipeline, opening.overrides, faults), opening.scope);
  await loadPlugins(opening.file, set, plugins, faults);
  const values = parameterValues(set, opening.given, ({ flag, name }) => opening.giveHint(flag, name), faults);
  const params = member(set, 'params');
  const declared = new Set(members(params).map(([name]) => name));
  const ready = eachOpenKey(set, (located) => substitute(located, values, declared, faults));
  faults.push(...schemaFaults(pipelineSchema, ready, 'key'));
  const used = new Set([...referredParameters(opening.pipeline), ...referredParameters(set)]);
  for (const { name } of declaredParameters(set)) {
    if (used.has(name)) continue;
    const mend = `write "\${params.${name}}" where it belongs, or remove it`;
    faults.push(faultAtKey(params!, name, 'nothing refers to this parameter', mend));
  }
  return ready;
}

/**
 * Replaces what stands under the keys that may refer to parameters: not `op`, `from` and `use`, so that the shape of a
 * graph can be read in its file. Null takes the key away.
 */
function eachOpenKey(pipeline: Located, replace: (located: Located) => Located | null): Located {
  const put = (object: Located, keys: readonly string[]): Located =>
    keys.reduce((before, key) => {
      const value = member(before, key);
      if (value === undefined) return before;
      const replaced = replace(value);
      return replaced === null ? withoutMember(before, key) : withMember(before, key, replaced);
    }, object);
  const node = (located: Located) => put(located, ['with', 'concurrency', 'onError']);
  const top = put(pipeline, ['inFlight', 'longestSeconds', 'onError']);
  const nodes = mapMember(top, 'nodes', node);
  return mapMember(nodes, 'steps', node);
}

/** Paths as `--set` takes them: steps and nodes alike under `nodes.<id>`, with the scope before the id. */
function renamed(pipeline: Located, scope: string): Located {
  const ids = members(member(pipeline, 'nodes')).map(([id]) => id);
  const steps = member(pipeline, 'steps');
  const stepNames = steps ? stepIds(steps, ids) : [];
  const rename = (located: Located, id: string) => moved(located, `nodes.${scope}${id}`);
  const nodes = mapMember(pipeline, 'nodes', (node, index) => rename(node, ids[index]!));
  return mapMember(nodes, 'steps', (step, index) => rename(step, stepNames[index]!));
}

/** A copy in which every item, or every member, of what stands under a key is replaced. */
function mapMember(object: Located, key: string, replace: (located: Located, index: number) => Located): Located {
  const held = member(object, key);
  if (held === undefined) return object;
  const { value } = held;
  if (isArray(value)) return withMember(object, key, { ...held, value: value.map(replace) });
  if (!isObject(value)) return object;
  const entries = [...value].map(
    ([name, entry], index) => [name, { ...entry, located: replace(entry.located, index) }] as const,
  );
  return withMember(object, key, { ...held, value: new Map(entries) });
}

function withoutMember(object: Located, key: string): Located {
  if (!isObject(object.value)) return object;
  return { ...object, value: new Map([...object.value].filter(([name]) => name !== key)) };
}
