/** Models by their hub id `owner/name` or `owner/name@revision`: fetched once, kept in a cache folder. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { download, type DownloadOptions } from './download.ts';
import { withLock } from './lock-file.ts';
import { weightFiles } from './model-files.ts';

export interface HubOptions extends DownloadOptions {
  /** Default `HF_ENDPOINT`, else https://huggingface.co. */
  readonly host?: string | undefined;
  /** Default ~/.cache/diglot. */
  readonly cacheFolder?: string | null | undefined;
  readonly offline?: boolean | undefined;
}

const hubId = /^(?<owner>\w[\w.-]*)\/(?<name>\w[\w.-]*?)(?:@(?<revision>\w[\w.-]*))?$/;

export function isHubId(name: string): boolean {
  return hubId.test(name);
}

/**
 * The folder of a hub model, fetched when it is not there. Files come into being whole and checked, so a folder that
 * has its weights is complete.
 * @throws UsageError `model` when it is not there and `offline` is set, when the hub does not have it, or when fetching
 *   fails.
 */
export async function hubModel(id: string, options: HubOptions = {}): Promise<string> {
  const { owner, name, revision = 'main' } = hubId.exec(id)?.groups ?? {};
  if (owner === undefined || name === undefined) {
    throw new UsageError('model', `${JSON.stringify(id)} is no hub id; they read owner/name or owner/name@revision.`);
  }
  const cache = options.cacheFolder ?? join(homedir(), '.cache', 'diglot');
  const folder = join(cache, owner, name, revision);
  if (await isComplete(folder)) return folder;
  if (options.offline === true) {
    throw new UsageError(
      'model',
      `${id} is not in ${cache}, and fetching is switched off; run once without "offline".`,
    );
  }
  const host = options.host ?? process.env['HF_ENDPOINT'] ?? 'https://huggingface.co';
  const url = `${host.replace(/\/+$/, '')}/${owner}/${name}/resolve/${revision}`;
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UsageError('model', `${folder} cannot be made: ${(error as Error).message}`, { cause: error });
  }
  await withLock(join(folder, '.lock'), () => fetchModel(id, url, folder, options), {
    onWait: () => options.note?.(`Another process is fetching ${id}; waiting for it.`),
    signal: options.signal,
  });
  return folder;
}

async function isComplete(folder: string): Promise<boolean> {
  const present = (path: string) => existsSync(path);
  if (!present(join(folder, 'config.json')) || !present(join(folder, 'tokenizer.json'))) return false;
  return (await weightFiles(folder)).every(present);
}

/** Weights last: what stands beside them is there when they are. */
async function fetchModel(id: string, url: string, folder: string, options: HubOptions): Promise<void> {
  if (await isComplete(folder)) return;
  options.note?.(`Fetching ${id} to ${folder}.`);
  const fetchFile = async (name: string): Promise<boolean> => {
    const path = join(folder, name);
    return existsSync(path) || download(`${url}/${name}`, path, options);
  };
  const required = async (name: string) => {
    if (!(await fetchFile(name)))
      throw new UsageError('model', `${url}/${name} does not exist; is ${id} a Whisper model?`);
  };
  await required('config.json');
  await required('tokenizer.json');
  await fetchFile('generation_config.json');
  await fetchFile('preprocessor_config.json');
  if (!(await fetchFile('model.safetensors'))) {
    await required('model.safetensors.index.json');
    for (const path of await weightFiles(folder)) await required(path.slice(folder.length + 1));
  }
}
