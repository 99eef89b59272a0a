/** From a model's name to the place of its files. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { hubModel, isHubId, type HubOptions } from './hub.ts';

/** Models that come with diglot, beside `src` and `dist`. */
const ownModels = fileURLToPath(new URL('../../models', import.meta.url));

/** The npm package leaves the weights out; in place of what the repository has, it fetches what that was made from. */
const origins: Readonly<Record<string, string>> = { 'whisper-base-int8': 'openai/whisper-base' };

/**
 * The absolute path of a Hugging Face folder or a ggml file. A name is, in this order: a folder or file; a name under
 * `models/` of the working folder, then of diglot's package; a hub id, or the name of a model of ours that has one.
 * @throws UsageError `model` with the places that were searched.
 */
export async function findModel(name: string, options: HubOptions = {}): Promise<string> {
  const places = [resolve(name), resolve('models', name), join(ownModels, name)];
  for (const place of new Set(places)) {
    if (!existsSync(place)) continue;
    if (statSync(place).isFile() || existsSync(join(place, 'config.json'))) return place;
  }
  const id = Object.hasOwn(origins, name) ? (origins[name] ?? name) : name;
  if (isHubId(id)) return hubModel(id, options);
  throw new UsageError(
    'model',
    `There is no model ${JSON.stringify(name)}: none of ${places.join(', ')} is a folder with a config.json or a ggml file.`,
  );
}
