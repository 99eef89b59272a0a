/** What every export that is a folder has: it appears whole or not at all, with the model's other files in it. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileFault } from '../tables/file-fault.ts';

/** @throws UsageError `export` when something is there already. */
export function checkFree(to: string): void {
  if (existsSync(to)) throw new UsageError('export', `${to} is there already; name a place that is free.`);
}

/**
 * Lets `write` fill a folder beside `to`, which takes its name when all is written.
 * @throws UsageError `export` when the folder is there already or cannot be made; what `write` throws.
 */
export async function wholeFolder<T>(to: string, write: (folder: string) => Promise<T>): Promise<T> {
  checkFree(to);
  const unfinished = `${to}.incomplete`;
  try {
    try {
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished, { recursive: true });
    } catch (error) {
      throw new UsageError('export', fileFault('cannot make', to, error), { cause: error });
    }
    const written = await write(unfinished);
    await rename(unfinished, to);
    return written;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** `vocab.json` and `merges.txt` say again what tokenizer.json says. */
const companion = /^(tokenizer\.json|generation_config\.json|preprocessor_config\.json|LICEN[CS]E(\.\w+)?)$/;

/**
 * Copies what stands beside the weights of a Hugging Face folder and stays as it is; config.json does not.
 * @throws UsageError `export` when `from` is no such folder.
 */
export async function copyCompanions(from: string, to: string): Promise<void> {
  if (!existsSync(join(from, 'tokenizer.json'))) {
    throw new UsageError('export', `${from} is no Hugging Face folder with a tokenizer.json, which this export needs.`);
  }
  for (const name of await readdir(from)) {
    // Not copyFile, which would also copy that a file may not be written.
    if (companion.test(name)) await writeFile(join(to, name), await readFile(join(from, name)));
  }
}
