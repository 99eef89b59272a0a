/** The tokens that a window is decoded behind (openai-whisper whisper/decoding.py, `_get_initial_tokens`). */
import { UsageError } from '../errors.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';

export interface PromptOptions {
  readonly task: 'transcribe' | 'translate';
  /** Whisper's code. */
  readonly language: string;
  readonly withoutTimestamps: boolean;
  /** Text that the transcript of every window starts with. */
  readonly prefix: string | null;
  /** Most tokens to be sampled; null is half of the text positions. */
  readonly sampleLength: number | null;
}

export interface Prompt {
  readonly tokens: readonly number[];
  /** Where `<|startoftranscript|>` stands: its next token tells language and silence. */
  readonly startIndex: number;
}

/**
 * `<|startoftranscript|>`, language and task; the first alone for a model that knows English only.
 * @throws UsageError `language` when the model has no such language.
 */
export function startSequence(
  model: SpeechModel,
  { task, language }: Pick<PromptOptions, 'task' | 'language'>,
): number[] {
  const { facts, tokenizer } = model;
  if (!facts.multilingual) {
    if (language === 'en' && task === 'transcribe') return [tokenizer.startOfTranscript];
    throw new UsageError('language', `${facts.name} transcribes English only; choose a multilingual model.`);
  }
  const tag = tokenizer.languages.get(language);
  if (tag === undefined) {
    throw new UsageError(
      'language',
      `${facts.name} has no language ${JSON.stringify(language)}; it knows ${[...tokenizer.languages.keys()].join(', ')}.`,
    );
  }
  return [tokenizer.startOfTranscript, tag, task === 'transcribe' ? tokenizer.transcribe : tokenizer.translate];
}

/**
 * @param previous Tokens of the text before this window; the last half of the text positions, less one, is used.
 * @throws UsageError `language`; `prefix` when the prefix leaves no room for a transcript.
 */
export function promptOf(model: SpeechModel, options: PromptOptions, previous: readonly number[]): Prompt {
  const { facts, tokenizer } = model;
  const start = startSequence(model, options);
  if (options.withoutTimestamps) start.push(tokenizer.noTimestamps);
  const half = Math.floor(facts.textPositions / 2);
  const prefix = prefixTokens(tokenizer, options, half, half - start.length - 1);
  const before = previous.length === 0 ? [] : [tokenizer.startOfPrevious, ...previous.slice(-(half - 1))];
  return { tokens: [...before, ...start, ...prefix], startIndex: before.length };
}

function prefixTokens(
  tokenizer: Tokenizer,
  { prefix, sampleLength }: PromptOptions,
  half: number,
  room: number,
): number[] {
  if (prefix === null || prefix === '') return [];
  const tokens = tokenizer.encode(` ${prefix.trim()}`);
  // What sampling leaves of the half is the prefix's, of which the end counts; the reference takes all where that is nothing.
  const left = half - (sampleLength ?? half);
  const used = left > 0 ? tokens.slice(-left) : tokens;
  if (used.length <= room) return used;
  throw new UsageError('prefix', `The prefix has ${used.length} tokens, and ${room} fit; shorten it.`);
}
