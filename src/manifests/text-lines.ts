/** The lines of a text file of any size, one at a time. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { RecordError } from '../errors.ts';

export interface TextLine {
  /** Without its line end. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Bytes: a longer line is not a line of a manifest. */
const LONGEST = 1 << 20;

/**
 * Reads lines, ended by LF or CRLF; a byte order mark is left out. A line that is too long or not UTF-8, and a file that
 * stops to be readable, come as a RecordError in the line's place. Memory stays at one line and one chunk.
 */
export async function* textLines(path: string): AsyncGenerator<TextLine | RecordError, undefined> {
  let number = 0;
  let rest: Buffer[] = [];
  let held = 0;
  const line = (end: Buffer): TextLine | RecordError => {
    const bytes = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    const length = held + end.length;
    rest = [];
    held = 0;
    const place = `${path}:${++number}`;
    if (length > LONGEST) return new RecordError('line-too-long', `${place}: longer than 1 MiB.`, { id: place });
    if (!isUtf8(bytes)) return new RecordError('encoding', `${place}: not UTF-8; convert the file.`, { id: place });
    const text = bytes.toString('utf8').replace(/\r$/, '');
    return { text: number === 1 ? text.replace(/^\uFEFF/, '') : text, number };
  };
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; from = end + 1, end = chunk.indexOf(10, from)) {
        yield line(chunk.subarray(from, end));
      }
      // What is already too long is counted, not kept.
      if (held <= LONGEST) rest.push(chunk.subarray(from));
      held += chunk.length - from;
    }
  } catch (error) {
    yield new RecordError('unreadable', `${path}: ${(error as Error).message}.`, { id: path, cause: error });
    return;
  }
  if (held > 0) yield line(Buffer.alloc(0));
}
