/** Operators from modules that a pipeline names under `plugins`. */
import { resolve } from 'node:path';
import type { AnyOperator } from '../../operators/define-operator.ts';
import type { Fault } from '../faults.ts';
import { faultAt, items, member, type Located } from './located.ts';
import { reach } from './reach.ts';
import { exportsOf, firstLine, importModule } from './read-file.ts';

/** What one load has found so far; a module that two files name is loaded once. */
export interface Plugins {
  readonly operators: Map<string, AnyOperator>;
  /** Real path -> the module's operators. */
  readonly loaded: Map<string, Promise<AnyOperator[]>>;
  /** Folders that modules may stand in. */
  readonly folders: readonly string[];
  /** false: modules are not executed, to name one is a fault. */
  readonly allowed: boolean;
}

/** Loads the modules that one pipeline file names and adds their operators. */
export async function loadPlugins(file: string, pipeline: Located, plugins: Plugins, faults: Fault[]): Promise<void> {
  for (const item of items(member(pipeline, 'plugins'))) {
    if (typeof item.value !== 'string') continue;
    if (!plugins.allowed) {
      faults.push(faultAt(item, 'plugins are not executed here', 'leave out --no-ts if you trust the file'));
      continue;
    }
    const reached = await reach(file, item.value, plugins.folders);
    if ('refused' in reached) faults.push(faultAt(item, reached.refused, reached.mend));
    else await loadPlugin(item, reached.path, plugins, faults);
  }
}

async function loadPlugin(item: Located, path: string, plugins: Plugins, faults: Fault[]): Promise<void> {
  const key = resolve(path);
  const known = plugins.loaded.get(key);
  const loading = known ?? importModule(key).then((module) => Object.values(exportsOf(module)).filter(isOperator));
  plugins.loaded.set(key, loading);
  let operators: AnyOperator[];
  try {
    operators = await loading;
  } catch (error) {
    faults.push(faultAt(item, `running the plugin failed: ${firstLine(error)}`));
    return;
  }
  if (operators.length === 0) {
    faults.push(faultAt(item, 'the module exports no operator', 'export a value made by defineOperator'));
  }
  if (known) return;
  for (const operator of operators) {
    const { name } = operator.description;
    if (plugins.operators.has(name)) {
      faults.push(faultAt(item, `there is an operator "${name}" already`, "give the plugin's operator another name"));
    } else plugins.operators.set(name, operator);
  }
}

function isOperator(value: unknown): value is AnyOperator {
  if (typeof value !== 'function' || !('description' in value) || !('behaviour' in value)) return false;
  const { description } = value;
  return typeof description === 'object' && description !== null && 'name' in description && 'shape' in description;
}
