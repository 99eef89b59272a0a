/** What the paths of a command line or pipeline stand for: audio files, folders of them, manifests, patterns. */
import { open, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { aishell, aishellFolder } from './aishell.ts';
import { arrowTable } from './arrow-table.ts';
import { ascend, ascendTables } from './ascend.ts';
import { audioFilesUnder, filesMatching, isAudioName, isPattern } from './audio-files.ts';
import { delimited } from './delimited.ts';
import type { Columns, Entry } from './fields.ts';
import { jsonLines } from './json-lines.ts';
import { kaldi } from './kaldi.ts';
import { parquetTable } from './parquet-table.ts';
import { isSeame, seame } from './seame.ts';
import { tarShard } from './tar-shards.ts';

export const formats = [
  'audio',
  'jsonl',
  'csv',
  'tsv',
  'kaldi',
  'arrow',
  'parquet',
  'tar',
  'seame',
  'ascend',
  'aishell',
] as const;
export type Format = (typeof formats)[number];

/** A manifest, or one audio file; of a Kaldi manifest and of a corpus the path is the folder. */
export interface Manifest {
  readonly path: string;
  readonly format: Format;
  /** Size of the file that lists the utterances; 0 for an audio file. */
  readonly bytes: number;
}

export interface ReadingOptions {
  /** Folder that relative audio paths start from; null is the manifest's own. */
  readonly root: string | null;
  /** Folder that the audio files must lie in; null is `root`. */
  readonly within: string | null;
  readonly columns: Columns;
}

const byExtension: Readonly<Record<string, Format | undefined>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'jsonl',
  '.list': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.ipc': 'arrow',
  '.parquet': 'parquet',
  '.tar': 'tar',
};

/** Corpora that are told by their folders. */
const corpora: readonly (readonly [Format, (folder: string) => boolean])[] = [
  ['seame', isSeame],
  ['ascend', (folder) => ascendTables(folder).length > 0],
  ['aishell', (folder) => aishellFolder(folder) !== null],
];

/**
 * Finds the manifests and audio files that one path stands for.
 *
 * @param format How to read it, whatever its name; null tells by name and, where that says nothing, by the first bytes.
 * @throws UsageError `not-found` or `format` when there is nothing, or nothing of that format.
 */
export async function findManifests(path: string, format: Format | null): Promise<Manifest[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    const files = isPattern(path) ? await filesMatching(path) : [];
    if (files.length > 0) return Promise.all(files.map((file) => oneFile(file, format)));
    throw new UsageError('not-found', `${path}: there is no such file or folder`);
  }
  if (!found.isDirectory()) return [await oneFile(path, format)];
  const hasList = await stat(join(path, 'wav.scp')).then(
    () => true,
    () => false,
  );
  if (format === 'kaldi' && !hasList) throw new UsageError('format', `${path}: no Kaldi data folder, it lacks wav.scp`);
  if (format === 'kaldi' || (format === null && hasList)) return [await oneFile(join(path, 'wav.scp'), 'kaldi')];
  const corpus = corpora.find(([name, isThere]) => (format === null || format === name) && isThere(path));
  if (corpus !== undefined) return [{ path, format: corpus[0], bytes: 0 }];
  if (corpora.some(([name]) => name === format)) {
    throw new UsageError(
      'format',
      `${path}: these are not the folders of ${format} as its owners publish it; see the manual of read-manifest.`,
    );
  }
  if (format !== null && format !== 'audio')
    throw new UsageError('format', `${path}: a folder, but ${format} is a file`);
  const files = await audioFilesUnder(path);
  if (files.length === 0) throw new UsageError('not-found', `${path}: neither audio files nor wav.scp in this folder`);
  return files.map((file) => ({ path: file, format: 'audio', bytes: 0 }));
}

async function oneFile(path: string, told: Format | null): Promise<Manifest> {
  const format = told ?? (await fileFormat(path));
  if (format === 'audio') return { path, format, bytes: 0 };
  if (format !== 'kaldi') return { path, format, bytes: (await stat(path)).size };
  const folder = dirname(path);
  const listing = await stat(join(folder, 'segments')).catch(() => stat(path));
  return { path: folder, format, bytes: listing.size };
}

async function fileFormat(path: string): Promise<Format> {
  if (isAudioName(path)) return 'audio';
  if (basename(path) === 'wav.scp') return 'kaldi';
  return byExtension[extname(path).toLowerCase()] ?? sniff(path);
}

async function sniff(path: string): Promise<Format> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    if (start === 'ARROW1' || start.startsWith('\xff\xff\xff\xff')) return 'arrow';
    return /^(\xef\xbb\xbf)?\s*\{/.test(start) ? 'jsonl' : 'audio';
  } finally {
    await file.close();
  }
}

/**
 * Reads the utterances of a manifest, from its beginning at every call.
 *
 */
export function readManifestEntries(
  { path, format }: Manifest,
  options: ReadingOptions,
): AsyncIterable<Entry> | Iterable<Entry> {
  const isFolder = format === 'kaldi' || corpora.some(([name]) => name === format);
  const root = options.root ?? (isFolder ? path : dirname(path));
  const reading = { root, within: options.within ?? root, columns: options.columns };
  switch (format) {
    case 'audio':
      return [wholeFile(path)];
    case 'jsonl':
      return jsonLines(path, reading);
    case 'csv':
    case 'tsv':
      return delimited(path, format, reading);
    case 'kaldi':
      return kaldi(path, reading);
    case 'arrow':
      return arrowTable(path, reading);
    case 'parquet':
      return parquetTable(path, reading);
    case 'tar':
      return tarShard(path, reading);
    case 'seame':
      return seame(path, reading);
    case 'ascend':
      return ascend(path, reading);
    case 'aishell':
      return aishell(path, reading);
  }
}

function wholeFile(path: string): Entry {
  const id = path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  return { kind: 'utterance', id, path, start: 0, duration: null, reference: null, language: null, speaker: null };
}
