/**
 * `--set nodes.beam.with.beamSize=8`: one value of a pipeline changed from the command line, before anything is checked.
 * Nodes and steps are both addressed as `nodes.<id>`; what stands inside a `use` as `nodes.<use>/<id>`.
 */
import { didYouMean, type Fault, type Place } from '../faults.ts';
import {
  isArray,
  isObject,
  items,
  joinPath,
  member,
  members,
  textMember,
  withMember,
  type Located,
} from './located.ts';
import { locateValue } from './locate-value.ts';
import { stepIds } from './steps.ts';

export interface Override {
  /** As the user gave it. */
  readonly text: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** `path=value`; the value is JSON where it can be read as JSON, else text. */
export function parseOverrides(texts: readonly string[], faults: Fault[]): Override[] {
  return texts.flatMap((text) => {
    const equals = text.indexOf('=');
    const path = text.slice(0, Math.max(0, equals)).trim().split('.');
    if (equals > 0 && path.every((key) => key !== ''))
      return [{ text, path, value: parseValue(text.slice(equals + 1)) }];
    faults.push(overrideFault(text, '', 'expected path=value', 'write it like --set nodes.beam.with.beamSize=8'));
    return [];
  });
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The overrides for what a `use` node includes, as the included file would spell them. */
export function overridesInside(id: string, overrides: readonly Override[]): Override[] {
  return overrides.flatMap((override) => {
    const [head, node, ...rest] = override.path;
    if (head !== 'nodes' || !node?.startsWith(`${id}/`)) return [];
    return [{ ...override, path: ['nodes', node.slice(id.length + 1), ...rest] }];
  });
}

/** A copy of the pipeline with the overrides worked in; an override whose node does not exist becomes a fault. */
export function applyOverrides(pipeline: Located, overrides: readonly Override[], faults: Fault[]): Located {
  return overrides.reduce((located, override) => applyOverride(located, override, faults), pipeline);
}

function applyOverride(pipeline: Located, override: Override, faults: Fault[]): Located {
  const { text, path } = override;
  const refuse = (message: string, mend: string | null): Located => {
    faults.push(overrideFault(text, path.join('.'), message, mend));
    return pipeline;
  };
  const [head, id, ...inside] = path;
  if (head === 'params' && id !== undefined && inside.length === 0) {
    return refuse(
      'a parameter is not set by --set',
      `give its value with its own flag, or --set params.${id}.default=…`,
    );
  }
  if (head !== 'nodes' || id === undefined) return setAt(pipeline, path, override, faults);
  const nodes = member(pipeline, 'nodes');
  const nodeIds = members(nodes).map(([known]) => known);
  if (nodeIds.includes(id)) return setAt(pipeline, path, override, faults);
  const list = member(pipeline, 'steps');
  const ids = list ? stepIds(list, nodeIds) : [];
  if (list && ids.includes(id)) {
    const index = ids.indexOf(id);
    const opened = items(list).map((step, place) => (place === index ? asObject(step) : step));
    const ready = withMember(pipeline, 'steps', { ...list, value: opened });
    return setAt(ready, ['steps', String(index), ...inside], override, faults);
  }
  const use = id.split('/')[0]!;
  if (use === id || ![...nodeIds, ...ids].includes(use)) {
    return refuse(`there is no node "${id}"`, didYouMean(id, [...nodeIds, ...ids]));
  }
  const including = member(nodes, use) ?? items(list)[ids.indexOf(use)];
  if (textMember(including, 'use') !== undefined) return pipeline;
  return refuse(`"${use}" includes no other file, so there is no "${id}"`, null);
}

/** A step that is only a name, opened so that it can take options. */
function asObject(step: Located): Located {
  if (isObject(step.value)) return step;
  return { ...step, value: new Map([['op', { keyPlace: step.place, located: { ...step, path: `${step.path}.op` } }]]) };
}

/** Sets the value at a path; objects on the way that do not exist are made, their keys are checked with the rest. */
function setAt(root: Located, path: readonly string[], override: Override, faults: Fault[]): Located {
  const place: Place = { source: `--set ${override.text}`, line: null, column: null };
  const here = (depth: number) => override.path.slice(0, depth).join('.');
  const set = (located: Located, depth: number): Located => {
    if (depth === path.length) return locateValue(override.value, place, located.path, faults);
    const key = path[depth]!;
    const { value } = located;
    if (isArray(value)) {
      const index = /^\d+$/.test(key) ? Number(key) : -1;
      const item = value[index];
      if (item !== undefined) return { ...located, value: value.with(index, set(item, depth + 1)) };
      const message = `${here(depth)} has ${value.length} items, counted from 0; there is no "${key}"`;
      faults.push(overrideFault(override.text, override.path.join('.'), message, null));
      return located;
    }
    if (!isObject(value)) {
      const message = `${here(depth)} is no object; there is no "${key}" in it`;
      faults.push(overrideFault(override.text, override.path.join('.'), message, null));
      return located;
    }
    const empty: Located = { place, path: joinPath(located.path, key), value: new Map() };
    return withMember(located, key, set(value.get(key)?.located ?? empty, depth + 1), place);
  };
  return set(root, 0);
}

function overrideFault(text: string, path: string, message: string, mend: string | null): Fault {
  return { place: { source: `--set ${text}`, line: null, column: null }, path, message, mend };
}
