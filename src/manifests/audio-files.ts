/** Files by folder and by pattern, in an order that does not depend on the machine. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import { UsageError } from '../errors.ts';

const AUDIO = new Set(
  '.aac .aif .aifc .aiff .amr .au .caf .flac .g722 .gsm .m4a .mka .mp2 .mp3 .mp4 .oga .ogg .opus .sph .w64 .wav .webm .wma'.split(
    ' ',
  ),
);

/** Whether the name ends as those of audio files do. */
export function isAudioName(path: string): boolean {
  return AUDIO.has(extname(path).toLowerCase());
}

/** Every audio file under a folder, sorted by path. Links are followed; hidden names are passed over. */
export async function audioFilesUnder(folder: string): Promise<string[]> {
  return sorted(await walk(folder, ['**', '*'], [])).filter(isAudioName);
}

/** Whether a shell would take the path for a pattern. */
export function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/**
 * Every file that a pattern matches, sorted by path. `*` and `?` stand for characters of a name, `[ab]` and `[!ab]` for
 * one of them, `{a,b}` for either text, and the name `**` for any number of folders. Hidden names must be asked for.
 *
 * @throws UsageError `pattern` when it has too many alternatives.
 */
export async function filesMatching(pattern: string): Promise<string[]> {
  const found: string[] = [];
  for (const plain of alternatives(pattern)) {
    const { root } = parse(plain);
    const names = plain.slice(root.length).split(/[\\/]+/);
    found.push(...(await walk(root, names.at(-1) === '**' ? [...names, '*'] : names, [])));
  }
  return sorted(found);
}

function sorted(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort();
}

function alternatives(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [braces, choices] = /\{([^{}]*,[^{}]*)\}/.exec(next) ?? [];
    if (braces === undefined || choices === undefined) done.push(next);
    else for (const choice of choices.split(',')) open.push(next.replace(braces, () => choice));
    if (done.length + open.length > 1000) throw new UsageError('pattern', `${pattern}: more than 1000 alternatives`);
  }
  return done;
}

/** @param above Real paths of the folders that a `**` has come through: a link back to one of them is a circle. */
async function walk(folder: string, names: readonly string[], above: readonly string[]): Promise<string[]> {
  const [name, ...rest] = names as [string, ...string[]];
  const last = rest.length === 0;
  if (name !== '**' && !isPattern(name)) {
    const path = join(folder, name);
    if (!last) return walk(path, rest, []);
    return (await kindOf(path)) === 'file' ? [path] : [];
  }
  if ((await kindOf(folder || '.')) !== 'folder') return [];
  const entries = await readdir(folder || '.');
  if (name === '**') {
    const real = await realpath(folder || '.');
    if (above.includes(real)) return [];
    const found = [await walk(folder, rest, [])];
    for (const entry of entries) {
      const path = join(folder, entry);
      if (!entry.startsWith('.') && (await kindOf(path)) === 'folder')
        found.push(await walk(path, names, [...above, real]));
    }
    return found.flat();
  }
  const expression = nameExpression(name);
  const found: string[][] = [];
  for (const entry of entries) {
    if (!expression.test(entry) || (entry.startsWith('.') && !name.startsWith('.'))) continue;
    const path = join(folder, entry);
    if (!last) found.push(await walk(path, rest, []));
    else if ((await kindOf(path)) === 'file') found.push([path]);
  }
  return found.flat();
}

function nameExpression(name: string): RegExp {
  const source = name.replace(/\*+|\?|\[(!?)([^\]]+)\]|[\\^$.*+?()[\]{}|]/g, (token, not: string, set?: string) => {
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\[\]^]/g, '\\$&')}]`;
    if (token.startsWith('*')) return '.*';
    return token === '?' ? '.' : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 'su');
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  const found = await stat(path).catch(() => null);
  return found === null ? null : found.isDirectory() ? 'folder' : found.isFile() ? 'file' : null;
}
