/** What is known of the files that were read last: where in them each piece of audio lies. */
import { stat } from 'node:fs/promises';
import { RecordError } from '../errors.ts';

/** Files that are known at a time. */
const MOST_KNOWN = 32;

/**
 * Reads pieces out of files by an index of each, which is made once, and again when the file has changed.
 *
 * @param read Makes the index of a file.
 * @returns A function that gives what `use` makes of the index. It throws RecordError `file-missing` when there is no such
 *   file, `file-changed` when it changed meanwhile, and what `read` and `use` throw.
 */
export function fileIndex<T>(read: (path: string) => Promise<T>) {
  /** By path, size and time of change; the one used longest ago first. */
  const known = new Map<string, Promise<T>>();

  async function stateOf(path: string): Promise<string> {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true) return `${path} ${found.size} ${found.mtimeMs} ${found.ino}`;
    throw new RecordError('file-missing', `${path}: there is no such file; check the path.`);
  }

  return async <R>(path: string, use: (index: T) => Promise<R>): Promise<R> => {
    const state = await stateOf(path);
    const index = known.get(state) ?? read(path);
    known.delete(state);
    known.set(state, index);
    for (const other of [...known.keys()].slice(0, -MOST_KNOWN)) known.delete(other);
    const used = await index.then(use).catch(async (fault: unknown) => {
      known.delete(state);
      await checkSame(path, state);
      throw fault;
    });
    await checkSame(path, state);
    return used;
  };

  async function checkSame(path: string, before: string): Promise<void> {
    if ((await stateOf(path)) === before) return;
    const message = `${path}: changed while it was read; try again when it is written to no more.`;
    throw new RecordError('file-changed', message);
  }
}
