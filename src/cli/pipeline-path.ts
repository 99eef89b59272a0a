/** From what a user calls a pipeline to its file. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';

/** The pipelines that come with diglot. */
export const packagePipelines = fileURLToPath(new URL('../../pipelines', import.meta.url));

const extensions = ['', '.json', '.jsonc', '.ts'];

/**
 * A path, or a name under `pipelines/` of the working folder, then of the package.
 * @throws UsageError `no-pipeline` with the names that there are.
 */
export async function findPipeline(name: string): Promise<string> {
  const folders = ['', 'pipelines', packagePipelines];
  for (const folder of folders) {
    for (const extension of extensions) {
      const path = join(folder, name + extension);
      if (existsSync(path) && statSync(path).isFile()) return path;
    }
  }
  const { didYouMean } = await import('../graphs/faults.ts');
  const mend = didYouMean(name, pipelineNames());
  throw new UsageError(
    'no-pipeline',
    `there is no pipeline "${name}", neither as a file nor under pipelines/${mend === null ? '' : `; ${mend}`}`,
  );
}

/** Names that `findPipeline` knows without a path, those of the working folder first. */
export function pipelineNames(): string[] {
  const names = ['pipelines', packagePipelines].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  const named = names.filter((name) => /\.(jsonc?|ts)$/.test(name) && !name.endsWith('.d.ts'));
  return [...new Set(named.map((name) => name.replace(/\.(jsonc?|ts)$/, '')))];
}
