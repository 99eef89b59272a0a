/** Fetching one file from a Hugging Face hub: resumed when the connection breaks, checked, then put in place at once. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../errors.ts';

export interface DownloadOptions {
  readonly note?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts in a row that brought no byte. */
const fruitlessAttempts = 4;
/** Seconds without a byte after which a connection counts as broken. */
const silence = 60;

/**
 * Fetches `url` to `path`. A part that an earlier run left in `path`.incomplete is continued.
 * @returns false when the server has no such file.
 * @throws UsageError `model` when the server refuses, the connection stays broken or the contents do not have the hash
 *   that the hub states for them.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<boolean> {
  const incomplete = `${path}.incomplete`;
  for (let fruitless = 0; ;) {
    options.signal?.throwIfAborted();
    const before = await sizeOf(incomplete);
    try {
      const remote = await locate(url, options);
      if (remote === null) return false;
      if (before > 0 && before === remote.size) break;
      await fetchRest(remote.url, incomplete, before, options);
      break;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      options.signal?.throwIfAborted();
      fruitless = (await sizeOf(incomplete)) > before ? 0 : fruitless + 1;
      if (fruitless === fruitlessAttempts) {
        const reason =
          error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : String(error);
        throw new UsageError('model', `${url} cannot be fetched: ${reason}; run again to go on where it stopped.`, {
          cause: error,
        });
      }
      if (fruitless > 0) await wait(500 * 2 ** fruitless);
    }
  }
  const remote = await locate(url, options);
  await check(incomplete, url, remote?.etag ?? null);
  await rename(incomplete, path);
  return true;
}

interface Remote {
  /** Where the bytes are, behind redirections. */
  readonly url: string;
  /** Hash that the hub states: sha256 for large files, git's blob sha1 for small ones. */
  readonly etag: string | null;
  readonly size: number | null;
}

/** Follows redirections by hand: only the hub's own first answer has the hash of a large file. */
async function locate(url: string, { signal }: DownloadOptions): Promise<Remote | null> {
  let etag: string | null = null;
  let size: number | null = null;
  let place = url;
  for (let hops = 0; hops < 8; hops++) {
    const timeout = AbortSignal.timeout(1000 * silence);
    const response = await fetch(place, {
      method: 'HEAD',
      redirect: 'manual',
      headers: { 'accept-encoding': 'identity' },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    if (response.status === 404) return null;
    if (response.status === 429 || response.status >= 500) throw new Error(`the server answers ${response.status}`);
    if (response.status >= 400) {
      throw new UsageError(
        'model',
        `${url} is refused with status ${response.status}; is the name right and the model public?`,
      );
    }
    const header = (name: string) => response.headers.get(name);
    const redirected = response.status >= 300;
    etag ??= header('x-linked-etag') ?? (redirected ? null : header('etag'));
    size ??= integer(header('x-linked-size') ?? (redirected ? null : header('content-length')));
    const location = header('location');
    if (!redirected || location === null) return { url: place, etag, size };
    place = new URL(location, place).href;
  }
  throw new UsageError('model', `${url} is redirected in circles.`);
}

async function fetchRest(url: string, path: string, from: number, { note, signal }: DownloadOptions): Promise<void> {
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new Error(`no byte came for ${silence} s`)), 1000 * silence);
  };
  listen();
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
      signal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]),
    });
    if (response.status === 416) await rm(path, { force: true });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    // A server that does not know ranges sends the whole file again.
    const start = response.status === 206 ? from : 0;
    const total = start + (integer(response.headers.get('content-length')) ?? NaN);
    const file = await open(path, start > 0 ? 'r+' : 'w');
    try {
      let position = start;
      let told = Math.floor((10 * start) / total);
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        listen();
        await file.write(chunk, 0, chunk.byteLength, position);
        position += chunk.byteLength;
        const tenth = Math.floor((10 * position) / total);
        if (tenth > told && total > 10_000_000) {
          told = tenth;
          note?.(`${new URL(url).pathname.split('/').at(-1) ?? url}: ${megabytes(position)} of ${megabytes(total)} MB`);
        }
      }
      if (position < total) throw new Error(`the connection ended after ${position} of ${total} bytes`);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function check(path: string, url: string, etag: string | null): Promise<void> {
  const wanted = /^(?:W\/)?"?([0-9a-f]{64}|[0-9a-f]{40})"?$/.exec(etag ?? '')?.[1];
  // Servers that are no hub may state no hash; the hub always does.
  if (wanted === undefined) return;
  const hash = createHash(wanted.length === 64 ? 'sha256' : 'sha1');
  if (wanted.length === 40) hash.update(`blob ${await sizeOf(path)}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === wanted) return;
  await rm(path, { force: true });
  throw new UsageError(
    'model',
    `${url} came with the hash ${found} instead of ${wanted}; it was thrown away, run again.`,
  );
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function integer(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
