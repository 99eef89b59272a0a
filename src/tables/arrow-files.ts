/** The files that a table lies in. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileFault } from './file-fault.ts';

/**
 * @param path A file, or a folder of parts.
 * @returns The file, or those in the folder that end in `.arrow`, by name; at least one.
 * @throws UsageError `arrow-file` when there is nothing, or a folder without Arrow files.
 */
export async function arrowFiles(path: string): Promise<readonly [string, ...string[]]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    throw new UsageError('arrow-file', fileFault('cannot read', path, error), { cause: error });
  }
  const names = (await readdir(path)).filter((name) => name.endsWith('.arrow') && !name.startsWith('.')).sort();
  const [first, ...rest] = names.map((name) => join(path, name));
  if (first === undefined) {
    throw new UsageError('arrow-file', `${path} holds no file that ends in ".arrow"; name another folder.`);
  }
  return [first, ...rest];
}
