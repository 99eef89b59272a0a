/** A lock between processes, also of several machines on one file system: a file that its holder keeps fresh. */
import { open, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Seconds without a sign of life after which a holder is taken for dead. */
const stale = 60;
const refresh = 10;
const poll = 0.2;

/**
 * Runs `work` while holding the lock. Two processes that find the same dead lock may both come through; what is done
 * under it must bear that.
 * @param onWait Called once when another process holds the lock.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { onWait, signal }: { readonly onWait?: () => void; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  for (let waited = false; !(await create(path)); waited = true) {
    if (!waited) onWait?.();
    if (await isStale(path)) await rm(path, { force: true });
    else await wait(1000 * poll, undefined, signal === undefined ? {} : { signal });
  }
  const touch = () => void utimes(path, new Date(), new Date()).catch(() => undefined);
  const timer = setInterval(touch, 1000 * refresh);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await rm(path, { force: true });
  }
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > 1000 * stale;
  } catch {
    return false;
  }
}
