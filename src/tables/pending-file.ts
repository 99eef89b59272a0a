/**
 * A file that comes into being whole: it is written under a temporary name in the folder where it will lie, flushed to
 * the disk, and renamed. Nobody sees half of it, and what a killed run leaves is a `.tmp` file beside it.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileFault } from './file-fault.ts';

export interface PendingFile {
  readonly path: string;
  /** Bytes written so far. */
  readonly bytes: number;
  /** @throws Error that names the file and the mend, when the disk is full or goes away. */
  write(chunk: Uint8Array): Promise<void>;
  /** Flushes to the disk and gives the file its name, replacing what had it. */
  commit(): Promise<void>;
  /** Removes what was written; does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Makes the folder where it is missing, and the temporary file in it.
 * @throws UsageError `output-file` when the place cannot be written to.
 */
export async function openPendingFile(path: string): Promise<PendingFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  let handle: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(temporary, 'wx');
  } catch (error) {
    throw new UsageError('output-file', fileFault('cannot write', path, error), { cause: error });
  }
  let bytes = 0;
  let open_ = true;
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw new Error(fileFault('cannot go on writing', path, error), { cause: error });
    }
  };
  return {
    path,
    get bytes() {
      return bytes;
    },
    write: (chunk) =>
      guarded(async () => {
        await handle.appendFile(chunk);
        bytes += chunk.byteLength;
      }),
    commit: () =>
      guarded(async () => {
        await handle.sync();
        await handle.close();
        await rename(temporary, path);
        open_ = false;
      }),
    async discard() {
      if (!open_) return;
      open_ = false;
      await handle.close().catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}
