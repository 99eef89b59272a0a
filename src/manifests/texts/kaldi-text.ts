/** Kaldi's `text`: an utterance id, space, its words. Speakers come from `utt2spk` beside it, where there is one. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RecordError } from '../../errors.ts';
import { textLines } from '../text-lines.ts';
import type { TextEntry } from './utterance-text.ts';

export async function* kaldiText(path: string): AsyncGenerator<TextEntry> {
  const speakers = new Map<string, string>();
  const table = join(dirname(path), 'utt2spk');
  if (basename(path) === 'text' && existsSync(table)) {
    for await (const line of keyedLines(table)) {
      if (line instanceof RecordError) yield line;
      else speakers.set(line.id, line.text);
    }
  }
  for await (const line of keyedLines(path)) {
    yield line instanceof RecordError ? line : { ...line, speaker: speakers.get(line.id) ?? null };
  }
}

async function* keyedLines(path: string): AsyncGenerator<TextEntry> {
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    const [, id, text = ''] = /^\s*(\S+)\s*(.*?)\s*$/u.exec(line.text) ?? [];
    if (id !== undefined) yield { id, text, speaker: null, place: `${path}:${line.number}` };
  }
}
