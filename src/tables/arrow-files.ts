/** The files that a table lies in. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { committedParts, isTable } from './commits/committed-parts.ts';
import { fileFault } from './file-fault.ts';

/**
 * @param path A file, or a folder of parts.
 * @returns The file; of a folder with a commit log, the committed parts in their order; of any other folder, the files
 *   in it that end in `.arrow`, by name. At least one.
 * @throws UsageError `arrow-file` when there is nothing, or a folder without Arrow files; those of `committedParts`.
 */
export async function arrowFiles(path: string): Promise<readonly [string, ...string[]]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    throw new UsageError('arrow-file', fileFault('cannot read', path, error), { cause: error });
  }
  const [first, ...rest] = await filesIn(path);
  if (first === undefined) {
    throw new UsageError('arrow-file', `${path} holds no file that ends in ".arrow"; name another folder.`);
  }
  return [first, ...rest];
}

async function filesIn(folder: string): Promise<string[]> {
  if (await isTable(folder)) return (await committedParts(folder)).map(({ path }) => path);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.arrow') && !name.startsWith('.')).sort();
  return names.map((name) => join(folder, name));
}
