/** A folder of scored systems: for each a table `SYSTEM.scores.arrow`, as `write-arrow` behind `score` wrote it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Score } from '../records.ts';
import { readRecords } from '../tables/reader.ts';

const ENDING = '.scores.arrow';

/**
 * Names of the systems in a folder, sorted.
 * @throws UsageError `run-folder` when it cannot be read or holds no scores.
 */
export async function systemsIn(folder: string): Promise<readonly [string, ...string[]]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such folder' : String(cause);
    throw new UsageError('run-folder', `${folder}: ${reason}; name the folder that a run of "evaluate" wrote.`, {
      cause,
    });
  });
  const [first, ...rest] = names
    .filter((name) => name.endsWith(ENDING) && !name.startsWith('.'))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
  if (first !== undefined) return [first, ...rest];
  throw new UsageError(
    'run-folder',
    `${folder} holds no file that ends in "${ENDING}"; run "diglot run evaluate" first.`,
  );
}

export function scoresPath(folder: string, system: string): string {
  return join(folder, `${system}${ENDING}`);
}

/**
 * The scores of a system, in the order of their table.
 * @throws UsageError `arrow-kind` when the table holds something else, `arrow-file` when it is broken.
 */
export async function* readScores(folder: string, system: string): AsyncGenerator<Score> {
  const path = scoresPath(folder, system);
  for await (const record of readRecords(path)) {
    if (record.kind !== 'score') {
      throw new UsageError(
        'arrow-kind',
        `${path} holds rows of kind ${record.kind}, not scores; put "score" before its writer.`,
      );
    }
    yield record as Score;
  }
}
