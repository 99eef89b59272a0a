/** Reading a file by position. */
import type { FileHandle } from 'node:fs/promises';
import { UsageError } from '../errors.ts';

/** Node reads at most 2 GiB at once. */
const longestRead = 1 << 30;

/** @throws UsageError `weights` when the file ends before `position + length`. */
export async function readExactly(
  path: string,
  file: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(longestRead, length - done), position + done);
    if (bytesRead === 0) {
      throw new UsageError('weights', `${path} ends at byte ${position + done}, before its data does; fetch it again.`);
    }
    done += bytesRead;
  }
  return bytes;
}

/** @throws UsageError `weights` with the reason why the file cannot be opened. */
export function cannotOpen(path: string, error: unknown): UsageError {
  return new UsageError('weights', `${path} cannot be opened: ${(error as Error).message}`, { cause: error });
}
