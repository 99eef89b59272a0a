/**
 * A small file that appears whole under its name, or not at all because the name is taken: written aside, flushed, and
 * linked. Of two that publish under one name at once, one is told that it lost. `link` has this promise on local disks
 * and on NFS; a reply that the network lost is found out by reading the file again.
 */
import { link, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { storageFault } from '../file-fault.ts';
import { syncFolder, temporaryName } from '../pending-file.ts';

/**
 * @returns Whether the file under this name is ours.
 * @throws UsageError `no-links` where the file system has none; StorageError where the disk is full or gone.
 */
export async function publish(path: string, text: string): Promise<boolean> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const isOurs = await link(temporary, path).then(
      () => true,
      async (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return (await readFile(path, 'utf8').catch(() => '')) === text;
        if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(error.code ?? ''))
          throw noLinks(path, error);
        throw error;
      },
    );
    if (isOurs) await syncFolder(dirname(path));
    return isOurs;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw await storageFault(path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function noLinks(path: string, error: unknown): UsageError {
  const message = `${dirname(path)}: this file system has no hard links, by which parts are committed; write to another disk, or to one file that ends in ".arrow".`;
  return new UsageError('no-links', message, { cause: error });
}
