/** From an adapter's name to its folder. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { adapterFiles } from './adapter-file.ts';

/** Adapters that come with diglot. */
const ownAdapters = fileURLToPath(new URL('../../models/adapters', import.meta.url));

/**
 * The absolute path of a folder in PEFT layout: a folder, or a name under `models/adapters` of the working folder or of
 * diglot's package.
 * @throws UsageError `adapter` with the places that were searched.
 */
export function findAdapter(name: string): string {
  const places = [...new Set([resolve(name), resolve('models/adapters', name), join(ownAdapters, name)])];
  const found = places.find((place) => existsSync(join(place, adapterFiles.config)));
  if (found !== undefined) return found;
  throw new UsageError(
    'adapter',
    `There is no adapter ${JSON.stringify(name)}: none of ${places.join(', ')} is a folder with an ${adapterFiles.config}.`,
  );
}
