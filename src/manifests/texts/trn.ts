/**
 * NIST's `trn`: words, then the utterance id in brackets, with a space or, as ESPnet writes it, a tab between. The
 * speaker is what sclite takes for it: the id up to the first hyphen or underscore.
 */
import { RecordError } from '../../errors.ts';
import { textLines } from '../text-lines.ts';
import { textFault, type TextEntry } from './utterance-text.ts';

export const trnLine = /^(.*?)\s*\(([^()\s]+)\)\s*$/u;

export async function* trn(path: string): AsyncGenerator<TextEntry> {
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    if (line.text.trim() === '' || line.text.startsWith(';;')) continue;
    const place = `${path}:${line.number}`;
    const [, text, id] = trnLine.exec(line.text) ?? [];
    if (text === undefined || id === undefined) {
      yield textFault(place, 'expected words and an utterance id in brackets at the end, as in "so do I (spk1-0012)"');
      continue;
    }
    const [, speaker = null] = /^([^-_]+)[-_]/u.exec(id) ?? [];
    yield { id, text: text.trim(), speaker, place };
  }
}
