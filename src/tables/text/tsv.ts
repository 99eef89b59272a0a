/** A line for each segment: start, end, text, with times in whole milliseconds. */
import { milliseconds } from './timestamp.ts';
import { oneLine, type Transcript } from './transcript.ts';

/** @param label Puts the audio file into a first column. */
export function tsv({ path, segments }: Transcript, label = false): string {
  const lines = segments.map(({ start, end, text }) => [milliseconds(start), milliseconds(end), cell(text)].join('\t'));
  const table = ['start\tend\ttext', ...lines];
  const labelled = table.map((line, index) => `${index === 0 ? 'file' : cell(path)}\t${line}`);
  return (label ? labelled : table).map((line) => `${line}\n`).join('');
}

/** A text that fits between two tabs. */
export function cell(text: string): string {
  return oneLine(text).replaceAll('\t', ' ');
}
