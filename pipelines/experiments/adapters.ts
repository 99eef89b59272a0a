/**
 * What training gives: the untouched model as `diglot transcribe` decodes (a), an adapter on cross-entropy (b), with the
 * language loss (c), with the variational loss as well (d); with language terms in the search, and with a trained
 * calibrator (e) where there is one. `@0.7` adds 0.7 of what the adapter adds. `scripts/train-experiment.sh` trains them
 * first, into diglot-runs/training/; what is not there is left out.
 */
import { existsSync } from 'node:fs';
import type { PipelineFile } from 'diglot';
import { experiment, type System } from './systems.ts';

const trained = (run: string): string => `diglot-runs/training/${run}/adapter`;
const calibratorOf = (run: string): string => `${trained(run)}/calibrator.safetensors`;
const WEIGHT = 0.3;

const single = { languagePrompt: 'single', rescore: 'plain' };
/** What `diglot transcribe --language zh,en` does: both prompts, weighed by what is heard. */
const usual = { languagePrompt: 'mixture', calibrator: 'detected', calibratorFloor: 0.2, rescore: 'plain' };

const bothPrompts = (row: string): Record<string, System> => ({
  [row]: { with: usual },
  [`${row}-single`]: { with: single },
});

/** @param calibrator File of a trained one, which is then measured too; null leaves out what needs q. */
function decodings(row: string, calibrator: string | null): Record<string, System> {
  const q = { ...single, weight: WEIGHT, calibrator };
  return {
    ...bothPrompts(row),
    ...(calibrator !== null && { [`${row}-single`]: { with: single, measure: { ...single, calibrator } } }),
    [`${row}-internal`]: { with: { ...single, rescore: 'internal', weight: WEIGHT } },
    ...(calibrator !== null && {
      [`${row}-external`]: { with: { ...q, rescore: 'external' } },
      [`${row}-replace`]: { with: { ...q, rescore: 'replace' } },
      [`${row}-published`]: { with: { ...q, rescore: 'published', weight: 1 } },
    }),
  };
}

/** Shares of an adapter, each a model of its own. */
function shares(row: string, run: string, all: readonly number[]): PipelineFile[] {
  return all.flatMap((share) =>
    experiment(`${row}-${share}`, bothPrompts(`${row}@${share}`), [`${trained(run)}@${share}`]),
  );
}

/** The mean of runs with other seeds, and shares of it: what they have in common stays, what each forgot is halved. */
function mean(row: string, runs: readonly string[], all: readonly number[]): PipelineFile[] {
  if (!runs.every((run) => existsSync(trained(run)))) return [];
  return all.flatMap((share) =>
    experiment(
      `${row}-${share}`,
      bothPrompts(`${row}@${share}`),
      runs.map((run) => `${trained(run)}@${share / runs.length}`),
    ),
  );
}

/** An adapter and, where it was trained along, its calibrator. */
function adapted(row: string, run: string, calibrator: string | null = null): PipelineFile[] {
  return existsSync(trained(run)) ? experiment(row, decodings(row, calibrator), [trained(run)]) : [];
}

const ofUntouched = existsSync(trained('calibrator')) ? calibratorOf('calibrator') : null;

export default [
  ...experiment('a-untouched', decodings('a-untouched', ofUntouched)),
  ...adapted('b-lora', 'lora'),
  ...(existsSync(trained('lora')) ? shares('b-lora', 'lora', [0.7, 0.65, 0.6]) : []),
  ...mean('b-lora-mean', ['lora', 'lora-2'], [0.7, 0.6]),
  ...adapted('b-lora-seed-2', 'lora-2'),
  ...adapted('b-lora-seed-3', 'lora-3'),
  ...adapted('c-language', 'language', calibratorOf('language')),
  ...adapted('d-variational', 'variational', calibratorOf('variational')),
];
