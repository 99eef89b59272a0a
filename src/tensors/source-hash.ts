/** What a compiled graph was made by: the program texts themselves. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const known = new Map<string, string>();

/**
 * Hash of the program texts in a folder of src, or of dist, and those below it.
 * @param folder Its name. The command's bundle, dist/program, lies beside these folders and was made of them.
 */
export function hashSources(folder: 'tensors' | 'training' | 'whisper'): string {
  const found = known.get(folder);
  if (found !== undefined) return found;
  const hash = createHash('sha256');
  const root = fileURLToPath(new URL(`../${folder}/`, import.meta.url));
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.[jt]s$/.test(name) && !name.endsWith('.d.ts'))
      hash.update(`${name}\n`).update(readFileSync(join(root, name)));
  }
  const sources = hash.digest('hex');
  known.set(folder, sources);
  return sources;
}
