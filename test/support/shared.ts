/** Files beside the repository that a fresh clone does not have: the recordings and results of `../shared`. */
import { existsSync } from 'node:fs';
import type { Context } from 'mocha';

/** The path of a file or folder of `../shared`. Where it is absent the test is skipped, and says so. */
export function shared(test: Context, path: string): string {
  const found = `../shared/${path}`;
  if (existsSync(found)) return found;
  process.stderr.write(`    ${found} is absent: skipped\n`);
  test.skip();
}
