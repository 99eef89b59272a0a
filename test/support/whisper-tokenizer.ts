/** The real multilingual tokenizer: that of the embedded model, or of ../shared before it was made. */
import { existsSync, readFileSync } from 'node:fs';
import { parseTokenizer } from '../../src/whisper/hugging-face-tokenizer.ts';
import type { Tokenizer } from '../../src/whisper/tokenizer.ts';

const places = ['models/whisper-base-int8/tokenizer.json', '../shared/models/whisper-base/tokenizer.json'];
let parsed: Tokenizer | undefined;

export function whisperTokenizerFile(): string {
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`There is none of ${places.join(', ')}.`);
  return found;
}

export function whisperTokenizer(): Tokenizer {
  const file = whisperTokenizerFile();
  return (parsed ??= parseTokenizer(readFileSync(file, 'utf8'), file));
}
