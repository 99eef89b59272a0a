/** Plain text: a line for each segment. */
import { cell } from './tsv.ts';
import { oneLine, type Transcript } from './transcript.ts';

export function txt({ segments }: Transcript): string {
  return segments.map(({ text }) => `${oneLine(text)}\n`).join('');
}

/** One line for a whole recording: the file, a tab, the text. */
export function labelledLine({ path, text }: Transcript): string {
  return `${cell(path)}\t${cell(text)}\n`;
}
