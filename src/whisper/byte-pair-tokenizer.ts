/**
 * Whisper's tokenizer from a vocabulary and its merges. The merging itself is @huggingface/tokenizers'; what it gives
 * away here is the names of special tokens, so that text which happens to read `<|zh|>` stays text.
 */
import * as tokenizers from '@huggingface/tokenizers';
import { UsageError } from '../errors.ts';
import { charactersOf, writeBytes } from './byte-level.ts';
import { specialTokens } from './special-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What is used of the package: its own types do not resolve under NodeNext. */
interface BytePairEncoder {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
}
const { Tokenizer: BytePairEncoder } = tokenizers as unknown as {
  Tokenizer: new (file: object, configuration: object) => BytePairEncoder;
};

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
  const byteStrings = byteStringsOf(tokens, file);
  const vocabulary = new Map(tokens.map((token, id) => [token, id]));
  const singles = tokens.reduce((count, token) => (token.length === 1 ? count + 1 : count), 0);
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
  // Most runs write no text as tokens, and the package takes a tenth of a second to take a whole vocabulary in.
  let encoder: BytePairEncoder | undefined;
  const encode = (text: string): number[] => {
    encoder ??= bytePairEncoder(Object.fromEntries(vocabulary), merges);
    return idsOf(encoder, text);
  };
  const bytes = (token: number): Uint8Array =>
    token < tokens.length ? byteStrings.bytes.subarray(byteStrings.begin[token], byteStrings.begin[token + 1]) : empty;
  return {
    ...ids,
    encode,
    bytes,
    decode: (sequence) => decodeBytes(sequence.map(bytes)),
    nonSpeechTokens: nonSpeechTokens(vocabulary, merges),
  };
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of bytes in pieces; what is no UTF-8 becomes U+FFFD. */
export function decodeBytes(pieces: readonly Uint8Array[]): string {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return utf8.decode(joined);
}

const empty = new Uint8Array(0);

/** The bytes of all tokens one behind another, and where each begins: 50,000 arrays of their own would take long to make. */
function byteStringsOf(tokens: readonly string[], file: string): { bytes: Uint8Array; begin: Uint32Array } {
  const begin = new Uint32Array(tokens.length + 1);
  tokens.forEach((token, id) => (begin[id + 1] = begin[id]! + token.length));
  const bytes = new Uint8Array(begin[tokens.length]!);
  tokens.forEach((token, id) => {
    if (writeBytes(token, bytes, begin[id]!)) return;
    throw new UsageError('tokenizer', `${file}: token ${id} is no byte string: ${JSON.stringify(token)}.`);
  });
  return { bytes, begin };
}

function bytePairEncoder(
  vocab: Readonly<Record<string, number>>,
  merges: BytePairVocabulary['merges'],
): BytePairEncoder {
  return new BytePairEncoder(
    {
      model: { type: 'BPE', vocab, merges },
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      normalizer: null,
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      added_tokens: [],
    },
    {},
  );
}

const idsOf = (encoder: BytePairEncoder, text: string): number[] =>
  encoder.encode(text, { add_special_tokens: false }).ids;

/**
 * openai/whisper whisper/tokenizer.py, `non_speech_tokens`; ascending. A text is made of the merges of its own parts
 * alone, so an encoder that knows the others no more gives the same.
 */
function nonSpeechTokens(vocabulary: ReadonlyMap<string, number>, merges: BytePairVocabulary['merges']): number[] {
  const parts = new Set<string>();
  for (const text of [' -', " '", ...[...symbols, ...music].map((symbol) => ` ${symbol}`)]) {
    const characters = charactersOf(new TextEncoder().encode(text));
    for (let begin = 0; begin < characters.length; begin++) {
      for (let end = begin + 1; end <= characters.length; end++) parts.add(characters.slice(begin, end));
    }
  }
  const some = [...parts].filter((part) => vocabulary.has(part)).map((part) => [part, vocabulary.get(part)!] as const);
  const encoder = bytePairEncoder(
    Object.fromEntries(some),
    merges.filter(([left, right]) => parts.has(left + right)),
  );
  const encode = (text: string) => idsOf(encoder, text);
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
