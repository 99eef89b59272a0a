/**
 * A file that can be read at any moment while it grows, also when the program is killed: what has been written is there,
 * under its own name. Unlike a pending file (`pending-file.ts`) it is not there whole or not at all.
 */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileFault } from './file-fault.ts';

export interface GrowingFile {
  readonly path: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Adds bytes behind the end. */
  append(chunk: Uint8Array): Promise<void>;
  /** Puts bytes in the place of others; the file may grow by it, and never shrinks. */
  replace(at: number, chunk: Uint8Array): Promise<void>;
  /** Flushes to the disk. */
  close(): Promise<void>;
}

/**
 * Makes the folder where it is missing, and an empty file.
 * @param overwrite Whether a file that is there may be emptied.
 * @throws UsageError `output-exists` when there is one and it may not; `output-file` when the place cannot be written to.
 */
export async function openGrowingFile(path: string, overwrite: boolean): Promise<GrowingFile> {
  let handle: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    handle = await open(path, overwrite ? 'w+' : 'wx+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && !overwrite) {
      const message = `${path} exists, and what was recorded in it may not be lost; choose another path, or set overwrite.`;
      throw new UsageError('output-exists', message, { cause: error });
    }
    throw new UsageError('output-file', fileFault('cannot write', path, error), { cause: error });
  }
  let bytes = 0;
  let isOpen = true;
  const write = async (at: number, chunk: Uint8Array): Promise<void> => {
    try {
      for (let sent = 0; sent < chunk.length;) {
        sent += (await handle.write(chunk, sent, chunk.length - sent, at + sent)).bytesWritten;
      }
      bytes = Math.max(bytes, at + chunk.length);
    } catch (error) {
      throw new Error(fileFault('cannot go on writing', path, error), { cause: error });
    }
  };
  return {
    path,
    get bytes() {
      return bytes;
    },
    append: (chunk) => write(bytes, chunk),
    replace: write,
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await handle.sync();
      await handle.close();
    },
  };
}
