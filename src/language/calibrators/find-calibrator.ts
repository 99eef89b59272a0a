/** Trained calibrators by name: files, and those that come with diglot. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../errors.ts';
import type { ModelFacts } from '../../whisper/speech-model.ts';
import { readCalibrator } from './calibrator-file.ts';

const ENDING = '.safetensors';
/** Calibrators that come with diglot. */
const ownCalibrators = fileURLToPath(new URL('../../../models/calibrators', import.meta.url));

/** Whether a name is the path of a trained calibrator. */
export function isCalibratorPath(name: string): boolean {
  return name.endsWith(ENDING) || name.includes('/') || name.includes('\\');
}

/**
 * The file of a trained calibrator, by its path or by its name under `models/calibrators` of the working folder or of
 * diglot's package.
 * @returns undefined where a name that is no path has no file.
 */
export function findCalibrator(name: string): string | undefined {
  if (isCalibratorPath(name)) return name;
  const file = `${name}${ENDING}`;
  return [resolve('models/calibrators', file), join(ownCalibrators, file)].find((path) => existsSync(path));
}

/**
 * The path of the first of diglot's own calibrators that was trained for these weights and tells all these languages; null
 * where there is none.
 */
export async function fittingCalibrator(model: ModelFacts, languages: readonly string[]): Promise<string | null> {
  const names = await readdir(ownCalibrators).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(ENDING)).sort()) {
    const path = join(ownCalibrators, name);
    const file = await readCalibrator(path, model).catch((error: unknown) => {
      if (error instanceof UsageError) return null;
      throw error;
    });
    if (file !== null && languages.every((language) => file.header.classes.includes(language))) return path;
  }
  return null;
}
