/** A line of a Kaldi `text` file: utterance id, space, words. Kaldi wants the lines sorted by id, in the C locale. */
import { oneLine, type Transcript } from './transcript.ts';

export function kaldi({ id, text }: Transcript): string {
  return `${`${idWithoutSpaces(id)} ${oneLine(text)}`.trim()}\n`;
}

/** Sorts lines by their bytes, which is the order of the C locale. */
export function sortedByBytes(lines: readonly string[]): string[] {
  const keyed = lines.map((line) => ({ line, key: Buffer.from(line.split(' ', 1)[0] ?? '') }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ line }) => line);
}

/** Spaces end an id in Kaldi's files, so each becomes an underscore. */
function idWithoutSpaces(id: string): string {
  return id.trim().replace(/\s/gu, '_');
}
