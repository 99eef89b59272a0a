/**
 * Whisper's tokenizer from a vocabulary and its merges. The merging itself is @huggingface/tokenizers'; what it gives
 * away here is the names of special tokens, so that text which happens to read `<|zh|>` stays text.
 */
import * as tokenizers from '@huggingface/tokenizers';
import { UsageError } from '../errors.ts';
import { bytesOf } from './byte-level.ts';
import { specialTokens } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What is used of the package: its own types do not resolve under NodeNext. */
type BytePairEncoder = new (
  file: object,
  configuration: object,
) => { encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] } };
const BytePairEncoder = (tokenizers as unknown as { Tokenizer: BytePairEncoder }).Tokenizer;

export interface BytePairVocabulary {
  /** Ordinary tokens in byte-level characters, by id; as many as stand before `<|endoftext|>`. */
  readonly tokens: readonly string[];
  /** Pairs of tokens, the first merged first. */
  readonly merges: readonly (readonly [string, string])[];
  /** Ids of the special tokens by their text. */
  readonly special: ReadonlyMap<string, number>;
}

const symbols = [
  ...'"#()*+/:;<=>@[\\]^_`{|}~「」『』',
  ...`<< >> <<< >>> -- --- -( -[ (' (" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪`.split(' '),
];
/** Some are several tokens; then the first is taken, which they share with other music signs and nothing spoken. */
const music = [...'♩♪♫♬♭♮♯'];

/**
 * @param file For messages.
 * @throws UsageError `tokenizer` when the vocabulary is not Whisper's kind: a token that is no byte string, a byte or a
 *   merged pair without a token, special tokens missing or out of order.
 */
export function bytePairTokenizer({ tokens, merges, special }: BytePairVocabulary, file: string): Tokenizer {
  const ids = specialTokens(special, file);
  const byteStrings = tokens.map((token, id) => {
    const bytes = bytesOf(token);
    if (bytes === null)
      throw new UsageError('tokenizer', `${file}: token ${id} is no byte string: ${JSON.stringify(token)}.`);
    return bytes;
  });
  const vocabulary = new Map(tokens.map((token, id) => [token, id]));
  const singles = byteStrings.filter((bytes) => bytes.length === 1).length;
  if (singles !== 256 || vocabulary.size !== tokens.length || tokens.length !== ids.endOfText) {
    throw new UsageError(
      'tokenizer',
      `${file} has ${vocabulary.size} different tokens, ${singles} of them single bytes; ${ids.endOfText} and 256 were expected.`,
    );
  }
  for (const [left, right] of merges) {
    if (!vocabulary.has(left) || !vocabulary.has(right) || !vocabulary.has(left + right)) {
      throw new UsageError(
        'tokenizer',
        `${file}: merge ${JSON.stringify(`${left} ${right}`)} has no token in the vocabulary.`,
      );
    }
  }
  const encoder = new BytePairEncoder(
    {
      model: { type: 'BPE', vocab: Object.fromEntries(vocabulary), merges },
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      normalizer: null,
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      added_tokens: [],
    },
    {},
  );
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  const empty = new Uint8Array(0);
  const bytes = (token: number): Uint8Array => byteStrings[token] ?? empty;
  const encode = (text: string): number[] => encoder.encode(text, { add_special_tokens: false }).ids;
  return {
    ...ids,
    encode,
    bytes,
    decode(sequence) {
      const pieces = sequence.map(bytes);
      const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) {
        joined.set(piece, at);
        at += piece.length;
      }
      return utf8.decode(joined);
    },
    nonSpeechTokens: nonSpeechTokens(encode),
  };
}

/** openai/whisper whisper/tokenizer.py, `non_speech_tokens`; ascending. */
function nonSpeechTokens(encode: (text: string) => number[]): number[] {
  const result = new Set<number>();
  // Hyphens and single quotes stay between words, not at the beginning of one.
  for (const text of [' -', " '"]) result.add(encode(text)[0]!);
  for (const symbol of [...symbols, ...music]) {
    for (const tokens of [encode(symbol), encode(` ${symbol}`)]) {
      if (tokens.length === 1 || music.includes(symbol)) result.add(tokens[0]!);
    }
  }
  return [...result].sort((a, b) => a - b);
}
