/**
 * Where the audio of a manifest may lie. A manifest often comes from somebody else, so the paths in it may only name
 * files within one folder: by default the manifest's own. Paths that the user wrote are not held to this.
 *
 * The check is of names: a link within the folder may point elsewhere, because corpora are made of such links, and who
 * can place one there owns the folder.
 */
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import { RecordError } from '../errors.ts';

/**
 * The path of an audio file that a manifest names.
 *
 * @param root Folder that relative paths start from.
 * @param within Folder that the file must lie in.
 * @returns Relative to the working folder where `root` is, and the path is not absolute.
 * @throws RecordError `path-outside`, `path-remote`, `path-command` or `path-broken`.
 */
export function audioPath(root: string, within: string, written: string): string {
  if (/[\p{Cc}\p{Cs}]/u.test(written)) throw new RecordError('path-broken', 'the audio path holds a control character');
  if (/\|\s*$/.test(written)) {
    throw new RecordError('path-command', `${written}: commands are never run; write their output to files first`);
  }
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(written)) {
    throw new RecordError('path-remote', `${written}: only files are read; fetch it first`);
  }
  if (pathIn(within, resolve(root, written)) === null) {
    throw new RecordError(
      'path-outside',
      `${written} lies outside of ${within}; set the option within to a folder that holds it`,
    );
  }
  return isAbsolute(written) ? normalize(written) : join(root, written);
}

/**
 * How audio inside an archive or a table is named: the path of the file from `root` on, so that `zh/train.parquet` and
 * `en/train.parquet` have rows of different names. A file that lies elsewhere is named from its own folder on.
 * @returns The name, and the folder that it starts from.
 */
export function containerName(root: string, path: string): { readonly name: string; readonly folder: string } {
  const inside = pathIn(root, path);
  return inside === null ? { name: basename(path), folder: dirname(path) } : { name: inside, folder: root };
}

/** The path from a folder on; null where it does not lie in it. */
function pathIn(folder: string, path: string): string | null {
  const inside = relative(resolve(folder), resolve(path));
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? null : inside;
}
