/** What the file system says, in words: which file, why, and what would help. */

const mends: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied; choose another place, or change the permissions',
  EDQUOT: 'the disk quota is used up; make room, or choose another place',
  EEXIST: 'a part of the path is a file and not a folder; choose another place',
  EISDIR: 'it is a folder; name a file',
  EMFILE: 'too many files are open; raise the limit with "ulimit -n"',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  ENOENT: 'it does not exist; look for a slip in the name',
  ENOSPC: 'the disk is full; make room, or choose another place',
  ENOTDIR: 'a part of the path is a file and not a folder; choose another place',
  EPERM: 'the system does not permit it; choose another place, or change the permissions',
  EROFS: 'the file system is read-only; choose another place',
};

/** @param doing `cannot write`, `cannot read`. @returns One sentence. */
export function fileFault(doing: string, path: string, error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return `${doing} ${path}: ${mends[code] ?? message}.`;
}
