/** A report of a training run, from the table of its steps to the text of one HTML page. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { TrainingStep } from '../records.ts';
import { modelsIn, VERSION } from '../tables/provenance.ts';
import { readMetadata, readRecords } from '../tables/reader.ts';
import { trainingPage } from './training-page.ts';

const stepsPath = (folder: string): string => join(folder, 'steps.arrow');

/** Whether a folder is that of a training run. */
export function isTrainingRun(folder: string): boolean {
  return existsSync(stepsPath(folder));
}

/**
 * The page. Equal tables give equal bytes.
 * @throws UsageError `arrow-kind` when steps.arrow holds something else, `arrow-file` when it is broken.
 */
export async function writeTrainingReport(folder: string): Promise<string> {
  const path = stepsPath(folder);
  const rows: TrainingStep[] = [];
  for await (const record of readRecords(path)) {
    if (record.kind !== 'training-step') {
      throw new UsageError('arrow-kind', `${path} holds rows of kind ${record.kind}, not the steps of "train-step".`);
    }
    rows.push(record as TrainingStep);
  }
  const metadata = await readMetadata(path);
  const version = metadata.get(VERSION) ?? 'of unknown version';
  return trainingPage({ title: `Training: ${basename(resolve(folder))}`, rows, models: modelsIn(metadata), version });
}
