/**
 * One hearing of the rolling context: the audio from its beginning to now, with the words that are final already given to
 * the decoder as the beginning of its text. So they never change, cost one pass instead of a step each, and what is new
 * is written behind what was said.
 */
import type { MelSpectrogram } from '../audio/mel-spectrogram.ts';
import { acceptDraft } from '../decoding/accept-draft.ts';
import type { DecodingTools, WindowResult } from '../decoding/decode-window.ts';
import { decodeWithFallback, hasFailed, isSilence, type FallbackOptions } from '../decoding/fallback.ts';
import { placeWords, type Punctuation } from '../decoding/place-words.ts';
import { shortlistFor } from '../decoding/shortlist.ts';
import { chooseLanguages, evidenceNeeded, openScorer, type LanguageOptions } from '../decoding/spoken-languages.ts';
import type { WordDraft } from '../decoding/segments.ts';
import { encodeWindow } from '../decoding/windows.ts';
import { timeWords, type TimedWord } from '../decoding/word-times.ts';
import { splitWords } from '../decoding/words.ts';
import type { Listener } from '../language/calibrators/listener.ts';
import { detectLanguage } from '../language/detect.ts';
import { positionsPerSecond } from '../language/stretches.ts';
import { randomNumbers } from '../random-numbers.ts';
import type { LiveWord, TokenScore, Window } from '../records.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';

/**
 * Most tokens that anybody speaks: fast Mandarin has seven syllables a second, of up to two tokens. Without it a beam whose
 * ends are improbable wanders on for the hundreds of tokens that a window may have, while somebody waits.
 */
const MOST_TOKENS_PER_SECOND = 15;
const SPARE_TOKENS = 16;

export interface HearingOptions
  extends
    Omit<FallbackOptions, 'tags' | 'prefixTokens' | 'sampleLength'>,
    Omit<LanguageOptions, 'language'>,
    Punctuation {
  readonly window: Window;
  /** Tells the language of each word's sound, where the search has no calibrator. */
  readonly listener: Listener | null;
}

/** A word with what it was written with. */
export interface HeardWord extends LiveWord {
  readonly tokens: readonly number[];
  /** Parallel to `tokens`. */
  readonly tokenScores: readonly TokenScore[];
}

export interface Heard {
  /** Behind the final ones. Times are seconds from the beginning of the recording. */
  readonly words: readonly HeardWord[];
  /** Tag that was decoded under. */
  readonly language: string;
  readonly languages: readonly string[];
  /** The decoder takes the window for silence. */
  readonly silent: boolean;
  /** Mean natural log-probability of the new tokens. */
  readonly averageLogProbability: number;
  readonly noSpeechProbability: number;
}

/** What is known of the window. */
export interface Context {
  /** Seconds from the beginning of the recording where the window begins. */
  readonly start: number;
  /** Tokens of the words that are final and stand in the window. */
  readonly said: readonly number[];
  /** Tokens of the text before the window. */
  readonly previous: readonly number[];
  /** What an earlier hearing wrote behind the final words: what of it still holds is not searched for again. */
  readonly draft: readonly number[];
  /** Seconds from the beginning of the recording where the last final word ends. */
  readonly saidUntil: number;
  /** The tag to decode under; null hears which it is. */
  readonly language: string | null;
  readonly signal?: AbortSignal;
}

/**
 * @param logMel Of the window.
 * @throws RecordError `not-finite` when the model gives scores that are no numbers.
 */
export async function hearWindow(
  model: SpeechModel,
  logMel: MelSpectrogram,
  { start, said, previous, draft: before, saidUntil, language: given, signal }: Context,
  options: HearingOptions,
): Promise<Heard> {
  const { tokenizer } = model;
  const window = await encodeWindow(model, logMel, 0, logMel.frames, options.window);
  const audio = { ...window, heard: Math.min(window.positions, Math.ceil(logMel.frames / 2)) };
  // A mixture wants to know how probable each language is, all the time.
  const tag = options.languagePrompt === 'mixture' ? null : given;
  const among = await heardLanguages(model, window, tag, options.languages);
  const spoken = await chooseLanguages(model, { ...options, language: null }, among, async () => window);
  const shortlist = shortlistFor(tokenizer, spoken, options);
  const unsaid = start + logMel.frames / 100 - Math.max(start, saidUntil);
  const decoding = {
    ...options,
    tags: spoken.tags,
    withoutTimestamps: true,
    prefixTokens: said,
    // Behind a text the end may come at once.
    suppressBlank: options.suppressBlank && said.length === 0,
    sampleLength: Math.ceil(SPARE_TOKENS + MOST_TOKENS_PER_SECOND * unsaid),
  };
  const session = await model.openDecoder(window.states, window.positions, { ...evidenceNeeded(spoken), shortlist });
  const decode = async (): Promise<WindowResult> => {
    try {
      const scorer = await openScorer(model, session, audio, spoken, options.rescoring, true);
      const tools = { session, model, random: randomNumbers(0), scorer, shortlist, ...(signal && { signal }) };
      return await decodeBehind(tools, decoding, before, previous);
    } finally {
      // Before the words are timed: who aligns takes over the keys and values of the audio.
      session.dispose();
    }
  };
  const result = await decode();
  const scores = result.tokenScores.filter(({ token }) => token < tokenizer.endOfText);
  const tokens = scores.map(({ token }) => token);
  const { language, declared } = spoken;
  const heard = {
    language,
    languages: declared?.set.languages ?? [],
    silent: isSilence(result, decoding),
    averageLogProbability: result.averageLogProbability,
    noSpeechProbability: result.noSpeechProbability,
  };
  if (tokens.length === 0) return { ...heard, words: [] };
  const wordTags = spoken.tags[spoken.prompt ?? -1] ?? [language];
  const timed = await timeWords(model, audio, [said, tokens], { task: options.task, tags: wordTags, asked: 1 });
  // Words that are final keep what they have: punctuation that comes now is a word of its own.
  const words = timed.slice(splitWords(said, tokenizer).length);
  const draft = { start: saidUntil, end: start + logMel.frames / 100, tokens, words: [] };
  placeWords([draft], words, tokenizer.endOfText, start, saidUntil, options);
  const written = words.filter(({ word }) => word !== '');
  const listen = options.listener === null || audio.heard === 0 ? null : options.listener(audio);
  const placeOf = (time: number): number => Math.round((time - start) * positionsPerSecond);
  const told = heardWords(draft.words, written, scores, heard.languages).map((word) => ({
    ...word,
    external: word.external ?? listen?.(placeOf(word.start), placeOf(word.end)) ?? null,
  }));
  return { ...heard, words: told };
}

/** The text behind the final tokens. The first temperature goes on with what holds of an earlier one. */
async function decodeBehind(
  tools: Omit<DecodingTools, 'loopRatio' | 'begun'>,
  options: FallbackOptions,
  draft: readonly number[],
  previous: readonly number[],
): Promise<WindowResult> {
  const [first, ...others] = options.temperatures;
  const begun = await acceptDraft(tools, options, draft, previous);
  const result = await decodeWithFallback({ ...tools, begun }, { ...options, temperatures: [first!] }, previous);
  if (others.length === 0 || !hasFailed(result, options)) return result;
  return decodeWithFallback(tools, { ...options, temperatures: others }, previous);
}

/** Null leaves it to be heard; a tag that is given is heard with certainty, and the others may follow. */
async function heardLanguages(
  model: SpeechModel,
  { states, positions }: { states: Float32Array; positions: number },
  given: string | null,
  languages: readonly string[],
): Promise<{ language: string; probability: number }[]> {
  if (given === null) return detectLanguage(model, states, positions, languages);
  const others = languages.filter((language) => language !== given);
  return [{ language: given, probability: 1 }, ...others.map((language) => ({ language, probability: 0 }))];
}

/** Words with the scores of their tokens, which follow one another. */
function heardWords(
  placed: readonly WordDraft[],
  timed: readonly TimedWord[],
  scores: readonly TokenScore[],
  languages: readonly string[],
): HeardWord[] {
  let at = 0;
  return placed.map(({ word, start, end, probability }, index) => {
    const { tokens } = timed[index]!;
    const tokenScores = scores.slice(at, (at += tokens.length));
    const telling = tokenScores.find(({ language }) => languages.includes(language)) ?? tokenScores[0]!;
    const { language, internal, external } = telling;
    return { word, start, end, probability, language, internal, external, tokens, tokenScores };
  });
}
