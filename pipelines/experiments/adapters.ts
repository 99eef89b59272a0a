/**
 * What training gives: the untouched model as `diglot transcribe` decodes (a), an adapter on cross-entropy (b), with the
 * language loss (c), with the variational loss as well (d); and, with a trained calibrator (e), language terms in the search
 * of a and of the adapter that comes with diglot. `@0.6` adds 0.6 of what an adapter adds. `scripts/train-experiment.sh`
 * trains them first, into diglot-runs/training/, and sweeps weights on dev into diglot-runs/weights/; what is not there is
 * left out.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { PipelineFile } from 'diglot';
import { experiment, type System } from './systems.ts';

const trained = (run: string): string => `diglot-runs/training/${run}/adapter`;
const calibratorOf = (run: string): string => `${trained(run)}/calibrator.safetensors`;

const single = { languagePrompt: 'single', rescore: 'plain' };
/** What `diglot transcribe --language zh,en` does: both prompts, weighed by what is heard. */
const usual = { languagePrompt: 'mixture', calibrator: 'detected', calibratorFloor: 0.2, rescore: 'plain' };

/** @param calibrator File of a trained one: what it and the model tell of the languages is then measured too. */
const bothPrompts = (row: string, calibrator: string | null = null): Record<string, System> => ({
  [row]: { with: usual },
  [`${row}-single`]: { with: single, ...(calibrator !== null && { measure: { ...single, calibrator } }) },
});

/** The weight and the policies that the sweep over lists of dev chose. */
function chosen(lists: string, rescore: string): Record<string, unknown> | null {
  const path = `diglot-runs/weights/${lists}-${rescore}/weights.json`;
  if (!existsSync(path)) return null;
  const { weight, otherPolicy, fragmentPolicy } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  return { rescore, weight, otherPolicy, fragmentPolicy };
}

/** Language terms in the search, with the weights that dev chose, and as the published code has it. */
function terms(row: string, lists: string, calibrator: string): Record<string, System> {
  const modes = ['internal', 'external', 'replace'].flatMap((mode) => {
    const weights = chosen(lists, mode);
    // At weight 0 a term is left out, and its row would be that of plain search.
    return weights === null || weights.weight === 0
      ? []
      : [[`${row}-${mode}`, { with: { ...single, ...weights, calibrator } }] as const];
  });
  const published = { ...single, calibrator, rescore: 'published', weight: 1 };
  return { ...Object.fromEntries(modes), [`${row}-published`]: { with: published } };
}

/** A share of an adapter. */
const share = (run: string, of: number): string => `${trained(run)}@${of}`;

/** Runs that are there, each with a share of its adapter and, where one was trained along, its calibrator. */
function adapted(row: string, run: string, shares: readonly number[], hasCalibrator = false): PipelineFile[] {
  if (!existsSync(trained(run))) return [];
  return shares.flatMap((of) =>
    experiment(`${row}-${of}`, bothPrompts(`${row}@${of}`, hasCalibrator ? calibratorOf(run) : null), [share(run, of)]),
  );
}

/** The mean of runs with other seeds, and shares of it: what they have in common stays, what each forgot is halved. */
function mean(row: string, runs: readonly string[], shares: readonly number[]): PipelineFile[] {
  if (!runs.every((run) => existsSync(trained(run)))) return [];
  return shares.flatMap((of) =>
    experiment(
      `${row}-${of}`,
      bothPrompts(`${row}@${of}`),
      runs.map((run) => share(run, of / runs.length)),
    ),
  );
}

/** Rows with a calibrator that was trained on a model which stayed as it was. */
function calibrated(row: string, run: string, adapters: readonly string[] = []): PipelineFile[] {
  if (!existsSync(calibratorOf(run))) return [];
  const calibrator = calibratorOf(run);
  const measured = { [`${row}-calibrated`]: bothPrompts(row, calibrator)[`${row}-single`]! };
  const name = `${row.replace('@', '-')}-calibrated`;
  return experiment(name, { ...measured, ...terms(row, run, calibrator) }, adapters);
}

export default [
  ...experiment('a-untouched', bothPrompts('a-untouched')),
  ...calibrated('a-untouched', 'calibrator'),
  ...adapted('b-lora', 'lora', [0.7, 0.65, 0.6]),
  ...adapted('b-lora-seed-2', 'lora-2', [0.6]),
  ...adapted('b-lora-seed-3', 'lora-3', [0.6]),
  ...mean('b-lora-mean', ['lora', 'lora-2'], [0.7, 0.6]),
  ...calibrated('b-lora-mean@0.6', 'calibrator-on-b', ['zh-en']),
  ...adapted('c-language', 'language', [0.6], true),
  ...adapted('d-variational', 'variational', [0.6], true),
];
