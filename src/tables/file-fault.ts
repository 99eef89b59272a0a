/** What the file system says, in words: which file, why, and what would help. */
import { statfs, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StorageError } from '../errors.ts';

const mends: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied; choose another place, or change the permissions',
  EDQUOT: 'the disk quota is used up; make room, or choose another place',
  EEXIST: 'a part of the path is a file and not a folder; choose another place',
  EIO: 'the disk failed; look after it',
  EISDIR: 'it is a folder; name a file',
  EMFILE: 'too many files are open; raise the limit with "ulimit -n"',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  ENOENT: 'it does not exist; look for a slip in the name',
  ENOSPC: 'the disk is full; make room, or choose another place',
  ENOTDIR: 'a part of the path is a file and not a folder; choose another place',
  EPERM: 'the system does not permit it; choose another place, or change the permissions',
  ESTALE: 'the network disk does not know it any more; mount it again',
  EROFS: 'the file system is read-only; choose another place',
};

/**
 * What went wrong while results were written, for the person who has to make room or look after the disk.
 * @returns A sentence that names the file, and the disk where that is what is full or gone.
 */
export async function storageFault(path: string, error: unknown): Promise<StorageError> {
  const { code = '' } = error as NodeJS.ErrnoException;
  const isAboutDisk = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ESTALE', 'ENODEV'].includes(code);
  const disk = isAboutDisk ? ` ${await diskOf(path)}` : '';
  return new StorageError(`${fileFault('cannot go on writing', path, error)}${disk}`, { cause: error });
}

/** `It is the disk at /data, 12 MB free.` The disk begins where the number of the device changes, going up. */
async function diskOf(path: string): Promise<string> {
  let at = dirname(resolve(path));
  const device = async (folder: string) => (await stat(folder).catch(() => null))?.dev ?? null;
  const own = await device(at);
  while (dirname(at) !== at && (await device(dirname(at))) === own) at = dirname(at);
  const free = await statfs(at).then(
    ({ bavail, bsize }) => `, with ${Math.floor((bavail * bsize) / 1e6)} MB free`,
    () => '',
  );
  return `It is the disk at ${at}${free}.`;
}

/** @param doing `cannot write`, `cannot read`. @returns One sentence. */
export function fileFault(doing: string, path: string, error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return `${doing} ${path}: ${mends[code] ?? message}.`;
}
