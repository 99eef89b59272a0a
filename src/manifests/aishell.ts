/**
 * AISHELL-1 as OpenSLR 33 publishes it: data_aishell/transcript/aishell_transcript_v0.8.txt (`BAC009S0002W0122 而 对 楼市`)
 * and data_aishell/wav/{train,dev,test}/S0002/BAC009S0002W0122.wav. The spaces between words are taken out of the texts.
 * Given a folder of wav/, its recordings alone are listed. Audio without a text is left out by its owner, and so here.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RecordError } from '../errors.ts';
import { audioFilesUnder } from './audio-files.ts';
import { readEntry, type Entry, type Reading } from './fields.ts';
import { textLines } from './text-lines.ts';

const transcript = 'transcript/aishell_transcript_v0.8.txt';

/** The folder that holds wav/ and transcript/: the one given, or the second above one of wav/. */
export function aishellFolder(folder: string): string | null {
  return [folder, join(folder, '../..')].find((place) => existsSync(join(place, transcript))) ?? null;
}

/** By path: training first only where it is asked for alone, since dev comes before it. */
export async function* aishell(folder: string, reading: Reading): AsyncGenerator<Entry> {
  const corpus = aishellFolder(folder);
  if (corpus === null) return;
  const texts = new Map<string, string>();
  for await (const line of textLines(join(corpus, transcript))) {
    if (line instanceof RecordError) yield line;
    else {
      const [id, ...words] = line.text.trim().split(/\s+/);
      if (id !== undefined && id !== '') texts.set(id, words.join(''));
    }
  }
  for (const path of await audioFilesUnder(corpus === folder ? join(folder, 'wav') : folder)) {
    const id = basename(path).replace(/\.wav$/i, '');
    const text = texts.get(id);
    if (text === undefined) continue;
    const cells = { id, path, text, language: 'zh', speaker: basename(dirname(path)) };
    yield readEntry((column) => cells[column as keyof typeof cells], path, { ...reading, root: '', columns: {} });
  }
}
