/**
 * How a table came to be, in the metadata of its Arrow schema. A run gathers these facts in `context.provenance`:
 * the engine puts `planProvenance(plan)` in before any operator starts, and whoever loads a model adds
 * `modelHash(name)` and `modelDevice(name)` while its operator opens, so that all is known before the first row is
 * written. Times, host names and process ids are left out: a run that is repeated writes the same bytes.
 */
import { readFileSync } from 'node:fs';

/** Kind of the records in the file, as `src/records.ts` names it. Every file of diglot has it. */
export const KIND = 'diglot.kind';
/** Version of diglot, and of Node.js. */
export const VERSION = 'diglot.version';
export const NODE_VERSION = 'diglot.node';
/** JSON object of the packages that diglot was built on, and their versions. */
export const PACKAGES = 'diglot.packages';
/** Name of the pipeline; the pipeline itself as JSON, after parameters, includes and overrides. */
export const PIPELINE_NAME = 'diglot.pipeline.name';
export const PIPELINE = 'diglot.pipeline';
/** JSON array of the overrides as the user gave them. */
export const OVERRIDES = 'diglot.overrides';

const MODEL = 'diglot.model.';

/** Key for the sha256 (hexadecimal) of a model's weights. @param name The model as the pipeline spells it. */
export function modelHash(name: string): string {
  return `${MODEL}${name}.sha256`;
}

/** Key for where a model was run: `tfjs-wasm`, `tfjs-node`. Results may differ in the last digits. */
export function modelDevice(name: string): string {
  return `${MODEL}${name}.device`;
}

/** What a plan knows before it runs; a `Plan` of `src/graphs/plan.ts` fits. */
export function planProvenance(plan: {
  readonly name: string;
  readonly resolved: unknown;
  readonly overrides: readonly string[];
}): Map<string, string> {
  return new Map([
    ...versions(),
    [PIPELINE_NAME, plan.name],
    [PIPELINE, JSON.stringify(plan.resolved)],
    [OVERRIDES, JSON.stringify(plan.overrides)],
  ]);
}

/** Versions of what makes the results; dependencies are pinned, so the manifest says what is installed. */
export function versions(): Map<string, string> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return new Map([
    [VERSION, manifest.version],
    [NODE_VERSION, process.version],
    [PACKAGES, JSON.stringify(manifest.dependencies)],
  ]);
}

/** One model that had a part in a table. */
export interface ModelProvenance {
  readonly name: string;
  readonly sha256: string | null;
  readonly device: string | null;
}

/** The models named in a file's metadata, by name. */
export function modelsIn(metadata: ReadonlyMap<string, string>): ModelProvenance[] {
  const names = new Set<string>();
  for (const key of metadata.keys()) {
    if (key.startsWith(MODEL)) names.add(key.slice(MODEL.length, key.lastIndexOf('.')));
  }
  return [...names].sort().map((name) => ({
    name,
    sha256: metadata.get(modelHash(name)) ?? null,
    device: metadata.get(modelDevice(name)) ?? null,
  }));
}
