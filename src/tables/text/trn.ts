/** A line of a sclite `trn` file: text and, in brackets, the utterance id. */
import { oneLine, type Transcript } from './transcript.ts';

export function trn({ id, text }: Pick<Transcript, 'id' | 'text'>): string {
  // sclite reads the id from the last bracket, up to its end.
  const plainId = id.trim().replace(/[\s()]/gu, '_');
  return `${`${oneLine(text)} (${plainId})`.trim()}\n`;
}
