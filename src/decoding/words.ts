/**
 * Cuts text tokens into words. openai-whisper decides by the language tag: between any two complete characters for zh,
 * ja, th, lo, my and yue, at spaces for the others; so under zh it breaks English words into byte pairs, and under en it
 * takes a run of Chinese for one word. Here the characters decide, and mixed text comes out right under any tag. Text in
 * one script only is cut as openai-whisper cuts it (whisper/tokenizer.py, `split_to_word_tokens`).
 */
import type { Tokenizer } from '../whisper/tokenizer.ts';

export interface WordTokens {
  /** With its leading space. */
  readonly word: string;
  readonly tokens: readonly number[];
}

/** Characters of scripts that are written without spaces between words, and the punctuation that goes with them. */
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Myanmar}\u3000-\u303f\u30fb\u30fc\uff00-\uffef]/u;
const beginsUnspaced = new RegExp(`^${unspaced.source}`, 'u');
const endsUnspaced = new RegExp(`${unspaced.source}$`, 'u');
/** A piece of it is a word by itself until `mergePunctuation` gives it to its neighbour. */
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** @param tokens Ordinary tokens; special ones are dropped. */
export function splitWords(tokens: readonly number[], tokenizer: Tokenizer): WordTokens[] {
  const words: { word: string; tokens: number[] }[] = [];
  for (const unit of completeCharacters(
    tokens.filter((token) => token < tokenizer.endOfText),
    tokenizer,
  )) {
    const last = words.at(-1);
    const boundary =
      last === undefined ||
      unit.word.startsWith(' ') ||
      punctuation.includes(unit.word.trim()) ||
      beginsUnspaced.test(unit.word) ||
      endsUnspaced.test(last.word);
    if (boundary) {
      words.push({ word: unit.word, tokens: [...unit.tokens] });
    } else {
      last.word += unit.word;
      last.tokens.push(...unit.tokens);
    }
  }
  return words;
}

/**
 * The texts of segments as one. Under the tag zh Whisper begins English segments without a space, and two of them would
 * run into one word; openai-whisper leaves it so.
 */
export function joinTexts(texts: readonly string[]): string {
  return texts.reduce((joined, text) => {
    const runOn = /^[\p{L}\p{N}]/u.test(text) && /\S$/u.test(joined);
    return runOn && !beginsUnspaced.test(text) && !endsUnspaced.test(joined) ? `${joined} ${text}` : joined + text;
  }, '');
}

/** The smallest groups of tokens that end where a character ends. */
function completeCharacters(tokens: readonly number[], tokenizer: Tokenizer): WordTokens[] {
  const whole = tokenizer.decode(tokens);
  const units: WordTokens[] = [];
  let group: number[] = [];
  let offset = 0;
  for (const token of tokens) {
    group.push(token);
    const word = tokenizer.decode(group);
    const broken = word.indexOf('\ufffd');
    // U+FFFD that stands in the whole text too is the text's own: no later token completes it.
    if (broken >= 0 && whole[offset + broken] !== '\ufffd') continue;
    units.push({ word, tokens: group });
    group = [];
    offset += word.length;
  }
  if (group.length > 0) units.push({ word: tokenizer.decode(group), tokens: group });
  return units;
}
