/** Reads pipeline files: JSON with comments, or TypeScript modules whose default export is one pipeline or a list. */
import { basename, extname } from 'node:path';
import { UsageError } from '../errors.ts';
import type { AnyOperator } from '../operators/define-operator.ts';
import { operators as registry } from '../operators/registry.ts';
import { formatFault, type Fault } from './faults.ts';
import { flatten, type Gathered } from './loading/include.ts';
import { faultAt, member, textMember, type Located } from './loading/located.ts';
import type { LoadedPipeline } from './loading/loaded.ts';
import { openPipeline } from './loading/open.ts';
import { parseOverrides, type Override } from './loading/overrides.ts';
import { declaredParameters, parseFlags } from './loading/parameters.ts';
import { reachOf } from './loading/reach.ts';
import { firstLine, isModule, readPipelineFile, type ReadFile } from './loading/read-file.ts';

export type { LoadedPipeline } from './loading/loaded.ts';
export type { Parameter, ParameterType } from './loading/parameters.ts';

export interface LoadOptions {
  /** `nodes.beam.with.beamSize=8`, as `--set` gives them. */
  readonly overrides?: readonly string[];
  /** By parameter name; lists as JSON (`["a","b"]`) or with commas; a boolean flag alone is empty text or `true`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** false: neither a TypeScript pipeline nor a plugin is executed; to name one is a fault. Default true. */
  readonly allowTypeScript?: boolean;
  /** The operators that come with diglot, unless a test says otherwise. */
  readonly operators?: readonly AnyOperator[];
}

/**
 * Reads a pipeline file with all that it includes. A TypeScript file may give several (a sweep). Whatever is wrong
 * inside the files is a fault of the pipeline, not an exception.
 * @throws UsageError `pipeline-file` when the file itself cannot be read or may not be executed.
 */
export async function loadPipelines(path: string, options: LoadOptions = {}): Promise<LoadedPipeline[]> {
  if (isModule(path) && options.allowTypeScript === false) {
    throw new UsageError('pipeline-file', `${path} would be executed; leave out --no-ts if you trust it.`);
  }
  let read: ReadFile;
  try {
    read = await readPipelineFile(path);
  } catch (error) {
    throw new UsageError('pipeline-file', `The pipeline ${path} cannot be read: ${firstLine(error)}.`, {
      cause: error,
    });
  }
  const stem = basename(path, extname(path));
  const wrong: Fault[] = [];
  const overrides = parseOverrides(options.overrides ?? [], wrong);
  if (read.pipelines.length === 0) {
    const nothing: Located = { place: { source: path, line: null, column: null }, path: '', value: new Map() };
    const none = {
      nodes: [],
      ids: new Set<string>(),
      incomplete: true,
      includes: new Map(),
      operators: new Map(),
      params: [],
      warnings: [],
      overrides: [],
    };
    return [{ ...none, file: path, name: stem, summary: '', root: nothing, faults: [...read.faults, ...wrong] }];
  }
  const several = read.pipelines.length > 1;
  const loaded = await Promise.all(
    read.pipelines.map((pipeline, index) => {
      const name = several ? `${stem}-${index + 1}` : stem;
      return loadOne(path, pipeline, name, overrides, [...read.faults, ...wrong], options);
    }),
  );
  return loaded.map((pipeline, index) => withUniqueName(pipeline, loaded.slice(0, index)));
}

async function loadOne(
  file: string,
  pipeline: Located,
  name: string,
  overrides: readonly Override[],
  found: readonly Fault[],
  options: LoadOptions,
): Promise<LoadedPipeline> {
  const gathered: Gathered = {
    nodes: [],
    ids: new Set(),
    incomplete: false,
    includes: new Map(),
    faults: [...found],
    warnings: [],
    plugins: {
      operators: new Map((options.operators ?? registry).map((each) => [each.description.name, each])),
      loaded: new Map(),
      folders: await reachOf(file),
      allowed: options.allowTypeScript !== false,
    },
    files: new Map(),
  };
  const flags = options.parameters ?? {};
  const given = parseFlags(flags, declaredParameters(pipeline));
  const opening = { file, pipeline, scope: '', overrides, given, giveHint: (flag: string) => `--${flag}` };
  const root = await openPipeline(opening, gathered.plugins, gathered.faults);
  const fragment = member(root, 'input') ?? member(root, 'output');
  if (fragment) {
    const message = 'this file is for others to include; it does not run by itself';
    gathered.faults.push(faultAt(fragment, message, 'name it under "use" in another pipeline'));
  }
  const own = member(root, 'onError');
  await flatten({ file, pipeline: root, scope: '', chain: [file], overrides, onError: own ? [own] : [] }, [], gathered);
  return {
    file,
    name: textMember(root, 'name') ?? name,
    summary: textMember(root, 'summary') ?? '',
    params: declaredParameters(root),
    faults: distinct(gathered.faults),
    warnings: gathered.warnings,
    nodes: fragment ? [] : gathered.nodes,
    ids: gathered.ids,
    incomplete: gathered.incomplete,
    includes: gathered.includes,
    operators: gathered.plugins.operators,
    root,
    overrides: [
      ...overrides.map(({ text }) => text),
      ...Object.entries(flags).map(([key, text]) => `params.${key}=${text}`),
    ],
  };
}

/** The pipelines of a sweep write beside each other, so they must be told apart. */
function withUniqueName(pipeline: LoadedPipeline, before: readonly LoadedPipeline[]): LoadedPipeline {
  if (before.every(({ name }) => name !== pipeline.name)) return pipeline;
  const at = member(pipeline.root, 'name') ?? pipeline.root;
  const fault = faultAt(
    at,
    `two pipelines of this file are called "${pipeline.name}"`,
    'put the swept value into the name',
  );
  return { ...pipeline, faults: [...pipeline.faults, fault] };
}

/** A file that is included twice says everything twice. */
function distinct(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [formatFault(fault), fault])).values()];
}
