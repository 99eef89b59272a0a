/**
 * The token-language map of the published code, for comparison only: without its space, no token is told apart from
 * Mandarin, so " the" is Mandarin and only 9,146 of some 37,900 English tokens are English (method-specs 1.3).
 */
import { UsageError } from '../errors.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import type { LanguageSet } from './language-set.ts';
import type { TokenLanguages } from './token-language.ts';

/**
 * NYCU-MLLab/Probabilistic-Language-Aware-Speech-Recognition, espnet2/asr/decoder/whisper_decoder.py,
 * `_determine_token_type`: special tokens are `other`, tokens of nothing but ASCII letters `en`, all others `zh`.
 * @throws UsageError `languages` when the set is not of zh and en.
 */
export function publishedTokenLanguages(tokenizer: Tokenizer, set: LanguageSet): TokenLanguages {
  const zh = set.languages.indexOf('zh');
  const en = set.languages.indexOf('en');
  if (set.languages.length !== 2 || zh < 0 || en < 0) {
    throw new UsageError('languages', 'The published token-language map knows zh and en only; declare those two.');
  }
  const classes = new Uint8Array(tokenizer.vocabularySize).fill(set.other);
  for (let token = 0; token < tokenizer.endOfText; token++) {
    classes[token] = tokenizer.bytes(token).every(isLetter) ? en : zh;
  }
  return {
    set,
    classes,
    continuation: set.classes.length,
    continuations: new Int32Array(0),
    glued: new Uint8Array(tokenizer.vocabularySize),
    start: 0,
    next: () => 0,
    classOf: (token) => classes[token] ?? set.other,
    continuationClasses: () => new Uint8Array(0),
    wordOf: () => -1,
    beginsUnit: () => true,
  };
}

const isLetter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
