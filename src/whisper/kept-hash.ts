/** The hash of a model's files, remembered: 74 MB take a tenth of a second at every start. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { addEntry, findEntry, keyOf, type GraphCache } from '../tensors/compile/graph-cache.ts';
import { hashFiles } from './model-files.ts';

const hashName = 'sha256';

/** A file system's clock may stand still for so long: a file that was changed just now may change again unseen. */
const settled = 10_000_000_000n;

/**
 * `hashFiles`, unless it was asked before and nothing has touched the files since: they are the same by device, number, size
 * and the times of change that the file system keeps.
 * @param cache Where it is remembered; null does not.
 */
export async function keptHash(paths: readonly string[], cache: GraphCache | null): Promise<string> {
  if (cache === null) return hashFiles(paths);
  const files = await Promise.all(paths.map((path) => stat(path, { bigint: true })));
  const key = keyOf({
    hashOf: files.map(({ dev, ino, size, mtimeNs, ctimeNs }, i) =>
      [resolve(paths[i]!), dev, ino, size, mtimeNs, ctimeNs].join(' '),
    ),
  });
  const entry = await findEntry(cache, key);
  const known = entry === null ? '' : await readFile(join(entry, hashName), 'utf8').catch(() => '');
  if (/^[0-9a-f]{64}$/.test(known)) return known;

  const hash = await hashFiles(paths);
  const now = BigInt(Date.now()) * 1_000_000n;
  if (files.every(({ mtimeNs, ctimeNs }) => now - mtimeNs > settled && now - ctimeNs > settled)) {
    await addEntry(cache, key, `hash of ${basename(paths[0]!)}`, (folder) => writeFile(join(folder, hashName), hash));
  }
  return hash;
}
