/** Which files a pipeline may name. */
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** The folders that `use` and `plugins` stay inside: the working folder and the folder of the pipeline file. */
export async function reachOf(pipelineFile: string): Promise<string[]> {
  return Promise.all([realpath('.'), realpath(dirname(resolve(pipelineFile)))]);
}

/**
 * The file that a pipeline file names, as the user would spell it.
 * @returns The path, or in a sentence why it may not be read.
 */
export async function reach(
  fromFile: string,
  named: string,
  folders: readonly string[],
): Promise<{ path: string } | { refused: string; mend: string | null }> {
  const mend = 'name it relative to this file, inside the working folder or the folder of the pipeline';
  if (isAbsolute(named) || /^[a-z][a-z0-9+.-]+:/i.test(named) || named.includes('\0')) {
    return { refused: `"${named}" is not a relative path`, mend };
  }
  const path = join(dirname(fromFile), named);
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    return { refused: `there is no file ${path}`, mend: null };
  }
  const inside = folders.some((folder) => {
    const way = relative(folder, real);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });
  return inside ? { path } : { refused: `${path} lies outside the folders of this run`, mend };
}
