/** Loads and checks pipelines that a test writes down as text, in a folder of their own. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, type Checked } from '../../src/graphs/check.ts';
import { formatFault } from '../../src/graphs/faults.ts';
import { loadPipelines, type LoadedPipeline, type LoadOptions } from '../../src/graphs/load.ts';
import type { Plan, PlannedNode } from '../../src/graphs/plan.ts';
import { toyOperators } from './toy-operators.ts';

export interface Told extends Checked {
  readonly loaded: LoadedPipeline;
  /** Formatted; the main file's name and the folder are left out. */
  readonly told: readonly string[];
}

/** @param files The first is the main file. */
export async function checkFiles(files: Readonly<Record<string, string>>, options: LoadOptions = {}): Promise<Told[]> {
  const folder = await mkdtemp(join(tmpdir(), 'diglot-pipeline-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const main = join(folder, Object.keys(files)[0]!);
    const loaded = await loadPipelines(main, { operators: toyOperators, ...options });
    return loaded.map((pipeline) => {
      const checked = check(pipeline);
      const told = checked.faults.map((fault) =>
        formatFault(fault).replaceAll(`${main}:`, '').replaceAll(join(folder, '/'), ''),
      );
      return { ...checked, loaded: pipeline, told };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One pipeline, JSON. */
export async function checkText(text: string, options: LoadOptions = {}): Promise<Told> {
  return (await checkFiles({ 'p.json': text }, options))[0]!;
}

/** A source of utterances, and a sink. */
export const SOURCE = '{ "op": "read-manifest", "with": { "path": "a.jsonl" } }';
export const SINK = '{ "op": "write-arrow", "with": { "path": "out.arrow" } }';
/** A straight run of waveforms with one step under test. */
export const run = (step: string, before = '') =>
  `{ ${before} "steps": [ ${SOURCE}, "read-audio", ${step}, ${SINK} ] }`;

/** A node of a plan that must be there. */
export function node(plan: Plan | null, id: string): PlannedNode {
  const found = plan?.nodes.find((each) => each.id === id);
  assert.ok(found, `no node ${id} in ${plan?.nodes.map((each) => each.id).join(', ')}`);
  return found;
}

/** Port -> `node.port` of what feeds it. */
export function reads(plan: Plan | null, id: string): Record<string, string[]> {
  const names = [...node(plan, id).inputs].map(([port, read]) => [
    port,
    read.map((from) => `${from.node}.${from.port}`),
  ]);
  return Object.fromEntries(names) as Record<string, string[]>;
}
