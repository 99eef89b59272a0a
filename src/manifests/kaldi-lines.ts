/** The lines of Kaldi's tables: a key, and what follows it. */
import { existsSync } from 'node:fs';
import { RecordError } from '../errors.ts';
import { textLines } from './text-lines.ts';

/** A line: its first word, and what follows it. */
export interface KaldiLine {
  readonly key: string;
  readonly value: string;
  readonly place: string;
}

/** Lines with something in them; none where there is no such file. */
export async function* kaldiLines(path: string): AsyncGenerator<KaldiLine | RecordError, undefined> {
  if (!existsSync(path)) return;
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
    } else {
      const [, key, value] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line.text) ?? [];
      if (key !== undefined) yield { key, value: value ?? '', place: `${path}:${line.number}` };
    }
  }
}
