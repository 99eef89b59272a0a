/**
 * From a reference text to what a decoder shall write: prompt, tokens, end, and the language class of every token. The
 * prompts are those that decoding uses (`src/decoding/prompt.ts`), so that a model is trained under the tags under which
 * it will be asked.
 */
import { RecordError } from '../errors.ts';
import { referenceTokens } from '../language/reference-tokens.ts';
import type { TokenLanguages } from '../language/token-language.ts';
import type { RandomNumbers } from '../random-numbers.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';

export const tagChoices = ['drawn', 'majority', 'joined'] as const;
export type TagChoice = (typeof tagChoices)[number];

export interface LabelOptions {
  /** The language tag: drawn by the languages' shares of the tokens, that of the most tokens, or all tags in one prompt. */
  readonly tag: TagChoice;
  /** Share of the utterances whose tag is drawn among all languages, whatever is said: detection errs too. */
  readonly anyTag: number;
  /** Share of the utterances that are written with the times of their beginning and end. */
  readonly timestamps: number;
}

/** What is written, and the class of each token; parallel. */
export interface LabelledText {
  readonly tokens: Int32Array;
  readonly promptLength: number;
  readonly classes: Uint8Array;
}

/** Whisper writes Han characters without spaces between and around them; corpora often put one at every switch. */
export function withoutSpacesAtHan(text: string): string {
  return text.trim().replace(/\s+(?=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}，。！？、；：])/gu, '');
}

/**
 * @param random Draws tag and timestamps.
 * @param text The reference.
 * @param seconds Of audio: the time of the end.
 * @param longest Most tokens that the model takes.
 * @throws RecordError `no-reference` when there is nothing to write, `too-many-tokens` when it is too long.
 */
export function labelText(
  tokenizer: Tokenizer,
  languages: TokenLanguages,
  text: string,
  seconds: number,
  longest: number,
  options: LabelOptions,
  random: RandomNumbers,
): LabelledText {
  const written = referenceTokens(tokenizer, withoutSpacesAtHan(text));
  if (text.trim() === '') {
    throw new RecordError(
      'no-reference',
      'The utterance has no text; drop such ones with "filter" (reference: present).',
    );
  }
  const { set } = languages;
  const textClasses: number[] = [];
  let state = languages.start;
  for (const token of written) {
    textClasses.push(languages.classOf(token, state));
    state = languages.next(state, token);
  }
  const counts = set.languages.map((_, language) => textClasses.filter((each) => each === language).length);
  const tags = chooseTags(counts, options, random).map((language) => set.languages[language]!);
  const timed = random() < options.timestamps;
  const prompt = [
    tokenizer.startOfTranscript,
    ...tags.map((tag) => tokenizer.languages.get(tag)!),
    tokenizer.transcribe,
  ];
  if (!timed) prompt.push(tokenizer.noTimestamps);
  const time = (at: number): number[] => (timed ? [tokenizer.timestampBegin + Math.round(at / 0.02)] : []);
  const body = [...time(0), ...written, ...time(Math.min(30, seconds)), tokenizer.endOfText];
  const tokens = Int32Array.from([...prompt, ...body]);
  if (tokens.length > longest) {
    throw new RecordError(
      'too-many-tokens',
      `The text has ${tokens.length} tokens with its prompt, and ${longest} fit.`,
    );
  }
  const classes = new Uint8Array(tokens.length).fill(set.other);
  classes.set(textClasses, prompt.length + (timed ? 1 : 0));
  return { tokens, promptLength: prompt.length, classes };
}

/** Places of languages in their set. All three choices take two or three numbers, so that a choice changes no later one. */
function chooseTags(counts: readonly number[], { tag, anyTag }: LabelOptions, random: RandomNumbers): number[] {
  const all = counts.map((_, language) => language);
  const [isAny, which] = [random() < anyTag, random()];
  if (tag === 'joined') return all;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (isAny || total === 0) return [Math.floor(which * counts.length)];
  if (tag === 'majority') return [counts.indexOf(Math.max(...counts))];
  let rest = which * total;
  return [
    Math.max(
      0,
      all.findIndex((language) => (rest -= counts[language]!) < 0),
    ),
  ];
}
