/** A tokenizer of given byte strings, for vocabularies whose tokens end anywhere in a character. */
import type { Tokenizer } from '../../src/whisper/tokenizer.ts';
import { toyTokenizer } from './toy-model.ts';

/** Ids from 0 are the byte strings, then come Whisper's special tokens and three timestamps. */
export function byteTokenizer(tokens: readonly Uint8Array[]): Tokenizer {
  const toy = toyTokenizer(tokens.map(() => ''));
  return {
    ...toy,
    vocabularySize: toy.timestampBegin + 3,
    encode: () => [],
    bytes: (token) => tokens[token] ?? new Uint8Array(0),
    decode: (ids) => Buffer.concat(ids.map((id) => tokens[id] ?? new Uint8Array(0))).toString('utf8'),
  };
}
