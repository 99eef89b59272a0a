/** A pipeline file's text or module made located data: one pipeline, or several where a TypeScript file sweeps. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Fault } from '../faults.ts';
import { isArray, isObject, type Located } from './located.ts';
import { locateJson } from './locate-json.ts';
import { locateValue } from './locate-value.ts';

/** Far above any pipeline: about ten thousand nodes. */
const MAX_BYTES = 4 * 1024 * 1024;

export interface ReadFile {
  /** Objects all of them; empty where the file is wrong. */
  readonly pipelines: readonly Located[];
  readonly faults: readonly Fault[];
}

/** Whether reading a file means running it. */
export function isModule(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path);
}

/**
 * @param path As the user knows it; it stands in the faults.
 * @throws Error of the file system where the file cannot be read.
 */
export async function readPipelineFile(path: string): Promise<ReadFile> {
  const { size } = await stat(path);
  const whole = (message: string): ReadFile => ({ pipelines: [], faults: [fileFault(path, message)] });
  if (size > MAX_BYTES) return whole(`the file has ${size} bytes; a pipeline may have ${MAX_BYTES}`);
  if (isModule(path)) return readModule(path);
  const bytes = await readFile(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return whole('the file is not UTF-8 text');
  }
  const { located, faults } = locateJson(text, path);
  if (located === null) return { pipelines: [], faults };
  if (isObject(located.value)) return { pipelines: [located], faults };
  return {
    pipelines: [],
    faults: [...faults, { place: located.place, path: '', message: 'a pipeline is an object {…}', mend: null }],
  };
}

async function readModule(path: string): Promise<ReadFile> {
  let value: unknown;
  try {
    value = defaultExport(await importModule(resolve(path)));
  } catch (error) {
    return { pipelines: [], faults: [fileFault(path, `running it failed: ${firstLine(error)}`)] };
  }
  if (value === undefined) {
    return {
      pipelines: [],
      faults: [fileFault(path, 'has no default export', 'write "export default definePipeline({…})"')],
    };
  }
  const faults: Fault[] = [];
  const place = { source: path, line: null, column: null };
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  if (list.length === 0) faults.push(fileFault(path, 'exports an empty list; a sweep needs at least one pipeline'));
  const pipelines = list.map((item) => locateValue(item, place, '', faults));
  if (!pipelines.every((pipeline) => isObject(pipeline.value) && !isArray(pipeline.value))) {
    faults.push(fileFault(path, 'the default export is neither a pipeline nor a list of pipelines'));
  }
  return { pipelines: pipelines.filter((pipeline) => isObject(pipeline.value)), faults };
}

/**
 * Runs a module. TypeScript goes through tsx on every Node version; it brings its own copies of what it imports, so
 * errors are known by their names (`errors.ts`).
 */
export async function importModule(path: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(path).href;
  if (/\.[cm]?js$/.test(path)) return (await import(url)) as Record<string, unknown>;
  // Not at the top: JSON pipelines start without it.
  const { tsImport } = await import('tsx/esm/api');
  return (await tsImport(url, import.meta.url)) as Record<string, unknown>;
}

/** A module in a package without `"type": "module"` arrives with its exports one level deeper. */
export function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const inner = module['default'];
  const wrapped = typeof inner === 'object' && inner !== null && '__esModule' in inner;
  return wrapped ? { ...inner } : module;
}

function defaultExport(module: Record<string, unknown>): unknown {
  return exportsOf(module)['default'];
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}

function fileFault(source: string, message: string, mend: string | null = null): Fault {
  return { place: { source, line: null, column: null }, path: '', message, mend };
}
