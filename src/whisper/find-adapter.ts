/** From an adapter's name to its folder, and how much of it is wanted. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { adapterFiles } from './adapter-file.ts';

/** Adapters that come with diglot. */
const ownAdapters = fileURLToPath(new URL('../../models/adapters', import.meta.url));

export interface FoundAdapter {
  /** Absolute path of a folder in PEFT layout. */
  readonly folder: string;
  /** w in theta0 + w (theta - theta0): what the adapter adds is multiplied by it. */
  readonly share: number;
}

/**
 * An adapter by its folder, or by its name under `models/adapters` of the working folder or of diglot's package. Behind
 * `@` stands how much of it is added: `cs@0.7` is 0.7 of what it adds, which forgets less the smaller it is (method-specs
 * 10, weight interpolation). Without it, all of it.
 * @throws UsageError `adapter` with the places that were searched.
 */
export function findAdapter(name: string): FoundAdapter {
  const whole = folderOf(name);
  if (whole !== undefined) return { folder: whole, share: 1 };
  const [, own, share] = /^(.+)@(\d+(?:\.\d+)?|\.\d+)$/.exec(name) ?? [];
  const folder = own === undefined ? undefined : folderOf(own);
  if (folder !== undefined) return { folder, share: Number(share) };
  throw new UsageError(
    'adapter',
    `There is no adapter ${JSON.stringify(name)}: none of ${placesOf(own ?? name).join(', ')} is a folder with an ${adapterFiles.config}.`,
  );
}

const placesOf = (name: string): string[] => [
  ...new Set([resolve(name), resolve('models/adapters', name), join(ownAdapters, name)]),
];

const folderOf = (name: string): string | undefined =>
  placesOf(name).find((place) => existsSync(join(place, adapterFiles.config)));
