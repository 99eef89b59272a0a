/**
 * Which language a token belongs to, over the bytes of a byte-level vocabulary (method-specs 1.3). A token that holds
 * whole characters has a class of its own. One that only goes on with a character takes the class of the character's
 * first byte, so it depends on what a hypothesis has behind it: a small number, its byte state.
 */
import type { Tokenizer } from '../whisper/tokenizer.ts';
import type { LanguageSet } from './language-set.ts';
import { prefixClasses } from './prefix-class.ts';
import { completed, pack, splitBytes, unpack, type Prefix } from './token-bytes.ts';

/**
 * What a hypothesis ends with: the bytes of an unfinished character (24 bits) and, above them, 1 + the class of the word
 * that it is in, where that language puts spaces between words.
 */
export type ByteState = number;

export interface TokenLanguages {
  readonly set: LanguageSet;
  /** Class of each token of the vocabulary; `continuation` where the byte state decides. */
  readonly classes: Uint8Array;
  /** One more than the last class. */
  readonly continuation: number;
  /** The tokens that only go on with a character, and nothing else. */
  readonly continuations: Int32Array;
  /** 1 where a token of a language with spaces has none in front, so that it may go on with a word. */
  readonly glued: Uint8Array;
  /** State of an empty hypothesis. */
  readonly start: ByteState;
  readonly next: (state: ByteState, token: number) => ByteState;
  /** Index into the classes of the set. */
  readonly classOf: (token: number, state: ByteState) => number;
  /** Classes of `continuations` behind a state. The array must not be changed. */
  readonly continuationClasses: (state: ByteState) => Uint8Array;
  /** Class of the word that a state is in; -1 for none. */
  readonly wordOf: (state: ByteState) => number;
  /** Whether a token begins a character or a word: those alone are charged under `fragmentPolicy: once`. */
  readonly beginsUnit: (token: number, state: ByteState) => boolean;
}

const wordUnit = 2 ** 24;
const prefixOf = (state: ByteState): Prefix => state % wordUnit;

export function tokenLanguages(tokenizer: Tokenizer, set: LanguageSet): TokenLanguages {
  const { vocabularySize, endOfText } = tokenizer;
  const { other, writing } = set;
  const continuation = set.classes.length;
  const classOfPrefix = prefixClasses(set);
  const classes = new Uint8Array(vocabularySize).fill(other);
  const glued = new Uint8Array(vocabularySize);
  const tails = new Int32Array(vocabularySize);
  const continuing = new Map<number, Uint8Array>();

  for (let token = 0; token < endOfText; token++) {
    const bytes = tokenizer.bytes(token);
    const spaces = bytes.findIndex((byte) => byte !== 0x20);
    if (spaces < 0) continue;
    const { head, text, tail } = splitBytes(bytes.subarray(spaces));
    tails[token] = tail;
    if (head > 0 && text === '' && tail === 0) {
      classes[token] = continuation;
      continuing.set(token, bytes);
      continue;
    }
    const found = classOfToken(head, text, tail);
    classes[token] = found;
    if (spaces === 0 && writing[found]?.spaced === true) glued[token] = 1;
  }

  /** The parts of a token must agree; bytes in front of ASCII letters end a character that is none of them. */
  function classOfToken(head: number, text: string | null, tail: Prefix): number {
    if (text === null) return other;
    const ofText = text === '' ? null : classOfText(text);
    const ofTail = tail === 0 ? null : classOfPrefix(unpack(tail));
    const found = ofText ?? ofTail ?? other;
    if (ofTail !== null && ofTail !== found) return other;
    return head > 0 && writing[found]?.beyondAscii === false ? other : found;
  }

  function classOfText(text: string): number {
    const found = writing.findIndex((system) => system.text.test(text));
    return found < 0 ? other : found;
  }

  const continuations = Int32Array.from(continuing.keys());
  const place = new Map([...continuations].map((token, i) => [token, i]));
  const behindPrefix = new Map<Prefix, Uint8Array>();

  function continuationClasses(state: ByteState): Uint8Array {
    const prefix = prefixOf(state);
    let found = behindPrefix.get(prefix);
    if (found === undefined) {
      found = Uint8Array.from(continuing.values(), (bytes) =>
        prefix === 0 ? other : classOfPrefix(completed(prefix, bytes)),
      );
      behindPrefix.set(prefix, found);
    }
    return found;
  }

  function classOf(token: number, state: ByteState): number {
    const known = classes[token] ?? other;
    return known === continuation ? continuationClasses(state)[place.get(token)!]! : known;
  }

  const wordOf = (state: ByteState): number => Math.floor(state / wordUnit) - 1;

  return {
    set,
    classes,
    continuation,
    continuations,
    glued,
    start: 0,
    next(state, token) {
      const language = classOf(token, state);
      const word = writing[language]?.spaced === true ? language + 1 : 0;
      const bytes = continuing.get(token);
      const prefix = bytes === undefined ? (tails[token] ?? 0) : pack(completed(prefixOf(state), bytes));
      return word * wordUnit + prefix;
    },
    classOf,
    continuationClasses,
    wordOf,
    beginsUnit: (token, state) =>
      classes[token] !== continuation && !(glued[token] === 1 && wordOf(state) === classes[token]),
  };
}
