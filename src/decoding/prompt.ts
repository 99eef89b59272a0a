/**
 * The tokens that a window is decoded behind (openai-whisper whisper/decoding.py, `_get_initial_tokens`). Beside Whisper's
 * own prompt with one language tag there are two for speech of several languages: all tags in one prompt (Peng et al. 2023,
 * "Prompting the Hidden Talent of Web-Scale Speech Models", arXiv 2305.11095), and a prompt for each language.
 */
import { UsageError } from '../errors.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';

export interface PromptOptions {
  readonly task: 'transcribe' | 'translate';
  /** For each prompt its language tags, Whisper's codes. Several prompts are rows of one decoder step. */
  readonly tags: readonly (readonly string[])[];
  readonly withoutTimestamps: boolean;
  /** Text that the transcript of every window starts with. */
  readonly prefix: string | null;
  /** Tokens that the transcript starts with, as they are; they come behind the prefix. Default none. */
  readonly prefixTokens?: readonly number[];
  /** Most tokens to be sampled; null is half of the text positions. */
  readonly sampleLength: number | null;
}

export interface Prompts {
  /** Token ids of each prompt; all have one length and differ in their tags alone. */
  readonly rows: readonly (readonly number[])[];
  /** Where `<|startoftranscript|>` stands: its next token tells language and silence, the same in every row. */
  readonly startIndex: number;
}

/**
 * `<|startoftranscript|>`, language tags and task; the first alone for a model that knows English only.
 * @param tags At least one; of one prompt.
 * @throws UsageError `language` when the model has no such language.
 */
export function startSequence(model: SpeechModel, task: PromptOptions['task'], tags: readonly string[]): number[] {
  const { facts, tokenizer } = model;
  if (!facts.multilingual) {
    if (tags.every((language) => language === 'en') && task === 'transcribe') return [tokenizer.startOfTranscript];
    throw new UsageError('language', `${facts.name} transcribes English only; choose a multilingual model.`);
  }
  const tagTokens = tags.map((language) => {
    const token = tokenizer.languages.get(language);
    if (token !== undefined) return token;
    throw new UsageError(
      'language',
      `${facts.name} has no language ${JSON.stringify(language)}; it knows ${[...tokenizer.languages.keys()].join(', ')}.`,
    );
  });
  return [
    tokenizer.startOfTranscript,
    ...tagTokens,
    task === 'transcribe' ? tokenizer.transcribe : tokenizer.translate,
  ];
}

/**
 * @param previous Tokens of the text before this window; the last half of the text positions, less one, is used.
 * @throws UsageError `language`; `prefix` when the prefix leaves no room for a transcript.
 * @throws Error when the prompts have different numbers of tags, which cannot be rows of one step: a bug of the caller.
 */
export function promptsOf(model: SpeechModel, options: PromptOptions, previous: readonly number[]): Prompts {
  const { facts, tokenizer } = model;
  if (new Set(options.tags.map((tags) => tags.length)).size !== 1) throw new Error('The prompts differ in length.');
  const half = Math.floor(facts.textPositions / 2);
  const before = previous.length === 0 ? [] : [tokenizer.startOfPrevious, ...previous.slice(-(half - 1))];
  const rows = options.tags.map((tags) => {
    const start = startSequence(model, options.task, tags);
    if (options.withoutTimestamps) start.push(tokenizer.noTimestamps);
    const prefix = prefixOf(tokenizer, options, half, half - start.length - 1);
    return [...before, ...start, ...prefix, ...(options.prefixTokens ?? [])];
  });
  return { rows, startIndex: before.length };
}

function prefixOf(tokenizer: Tokenizer, { prefix, sampleLength }: PromptOptions, half: number, room: number): number[] {
  if (prefix === null || prefix === '') return [];
  const tokens = tokenizer.encode(` ${prefix.trim()}`);
  // What sampling leaves of the half is the prefix's, of which the end counts; the reference takes all where that is nothing.
  const left = half - (sampleLength ?? half);
  const used = left > 0 ? tokens.slice(-left) : tokens;
  if (used.length <= room) return used;
  throw new UsageError('prefix', `The prefix has ${used.length} tokens, and ${room} fit; shorten it.`);
}
