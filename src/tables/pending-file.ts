/**
 * A file that comes into being whole: it is written under a temporary name in the folder where it will lie, flushed to
 * the disk, and renamed. Nobody sees half of it, and what a killed run leaves is a `.tmp` file beside it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileFault, storageFault } from './file-fault.ts';

export interface PendingFile {
  readonly path: string;
  /** Where the bytes lie until the file has its name. */
  readonly temporary: string;
  /** Bytes written so far. */
  readonly bytes: number;
  /** @throws StorageError that names the file and the mend, when the disk is full or goes away. */
  write(chunk: Uint8Array): Promise<void>;
  /** Flushes to the disk, name and all. @returns sha256 (hexadecimal) of what was written. */
  seal(): Promise<string>;
  /** Seals, and gives the file its name, replacing what had it. */
  commit(): Promise<void>;
  /** Removes what was written; does nothing after `commit`. @throws StorageError when the folder is closed meanwhile. */
  discard(): Promise<void>;
}

const HOST = hostname().replace(/[^a-zA-Z0-9-]+/g, '-');

/** Of which process a temporary file is: its name has host, process and a number that no other has. */
export function temporaryName(name: string): string {
  return `.${name}.${HOST}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Whether the process that a temporary file names is gone; null for one of another host, which nobody here can tell. */
export function isAbandoned(name: string): boolean | null {
  const [, host, pid] = /\.([^.]+)\.(\d+)-[0-9a-f]{8}\.tmp$/.exec(name) ?? [];
  if (host !== HOST || pid === undefined) return null;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Makes the folder where it is missing, and the temporary file in it.
 * @throws UsageError `output-file` when the place cannot be written to.
 */
export async function openPendingFile(path: string): Promise<PendingFile> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  let handle: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(temporary, 'wx');
  } catch (error) {
    throw new UsageError('output-file', fileFault('cannot write', path, error), { cause: error });
  }
  const hash = createHash('sha256');
  let bytes = 0;
  let sha256: string | null = null;
  let isDone = false;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw await storageFault(path, error);
    }
  };
  const seal = async (): Promise<string> => {
    if (sha256 !== null) return sha256;
    await handle.sync();
    await handle.close();
    await syncFolder(dirname(path));
    return (sha256 = hash.digest('hex'));
  };
  return {
    path,
    temporary,
    get bytes() {
      return bytes;
    },
    write: (chunk) =>
      guarded(async () => {
        await handle.appendFile(chunk);
        hash.update(chunk);
        bytes += chunk.byteLength;
      }),
    seal: () => guarded(seal),
    commit: () =>
      guarded(async () => {
        await seal();
        await rename(temporary, path);
        isDone = true;
        await syncFolder(dirname(path));
      }),
    async discard() {
      if (isDone) return;
      isDone = true;
      if (sha256 === null) await handle.close().catch(() => undefined);
      await guarded(() => rm(temporary, { force: true }));
    },
  };
}

/** Flushes the names in a folder, as far as the system knows how to. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return; // Windows opens no folders
  try {
    await handle.sync();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF'].includes(code)) throw error;
  } finally {
    await handle.close();
  }
}
