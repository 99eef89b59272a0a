/** Decodes one window of audio once (openai-whisper whisper/decoding.py, `DecodingTask`). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordError } from '../errors.ts';
import type { DecoderSession, SpeechModel } from '../whisper/speech-model.ts';
import { beamSearch } from './beam.ts';
import { compressionRatio } from './compression-ratio.ts';
import { logSumExp } from './log-probabilities.ts';
import { allLoop } from './loop-guard.ts';
import { promptOf, type PromptOptions } from './prompt.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { ranked } from './ranking.ts';
import { sampling } from './sampling.ts';
import { modelScorer, type Scorer } from './scorer.ts';
import type { Candidate, Path, ScoredRow } from './search.ts';
import { tokenFilters, type FilterOptions } from './token-filters.ts';

export interface WindowOptions extends PromptOptions, FilterOptions {
  /** 0 searches with a beam, above 0 samples. */
  readonly temperature: number;
  /** Live hypotheses of the beam search; 1 is greedy. */
  readonly beamSize: number;
  /** The search ends at `beamSize` x `patience` ended hypotheses. */
  readonly patience: number;
  /** Samples drawn at a temperature above 0, the best of which is kept. */
  readonly bestOf: number;
  /** Exponent of the length penalty, 0 to 1; null ranks by mean log-probability. */
  readonly lengthPenalty: number | null;
}

/** What a decoding needs beside its options. */
export interface DecodingTools {
  readonly session: DecoderSession;
  readonly model: SpeechModel;
  readonly random: RandomNumbers;
  /** Compression ratio above which a text that repeats itself is not decoded to its end; null always goes on. */
  readonly loopRatio: number | null;
  /** Default: the model's own probabilities. */
  readonly scorer?: Scorer;
  readonly signal?: AbortSignal;
}

export interface WindowResult {
  /** Of the best candidate, timestamps included. */
  readonly tokens: readonly number[];
  readonly text: string;
  /** Natural, with the end counted as a token. */
  readonly averageLogProbability: number;
  /** Probability of `<|nospeech|>` behind `<|startoftranscript|>`. */
  readonly noSpeechProbability: number;
  readonly compressionRatio: number;
  readonly temperature: number;
  /** The n-best list, best first; what offline rescoring starts from. */
  readonly candidates: readonly Candidate[];
}

/**
 * @param previous Tokens of the text before this window.
 * @throws RecordError `not-finite` when the model gives scores that are no numbers.
 * @throws UsageError `language`, `prefix`: see `promptOf`.
 */
export async function decodeWindow(
  tools: DecodingTools,
  options: WindowOptions,
  previous: readonly number[] = [],
): Promise<WindowResult> {
  const { session, model } = tools;
  const { tokenizer } = model;
  const prompt = promptOf(model, options, previous);
  const [atStart, atEnd] = await session.prefill(prompt.tokens, [prompt.startIndex, prompt.tokens.length - 1]);
  const noSpeechProbability = Math.exp(atStart![tokenizer.noSpeech]! - logSumExp(atStart!));
  const candidates = ranked(await search(tools, options, prompt.tokens.length, atEnd!), options.lengthPenalty);
  const { tokens, score } = candidates[0]!;
  const text = tokenizer.decode(tokens).trim();
  return {
    tokens,
    text,
    averageLogProbability: score / (tokens.length + 1),
    noSpeechProbability,
    compressionRatio: compressionRatio(text),
    temperature: options.temperature,
    candidates,
  };
}

/** @param logits Behind the last of `promptLength` tokens. */
async function search(
  { session, model, random, loopRatio, scorer = modelScorer, signal }: DecodingTools,
  options: WindowOptions,
  promptLength: number,
  logits: Float32Array,
): Promise<Candidate[]> {
  const { facts, tokenizer } = model;
  const { endOfText } = tokenizer;
  const filters = tokenFilters(tokenizer, options);
  const method =
    options.temperature === 0 ? beamSearch({ ...options, endOfText }) : sampling({ ...options, endOfText, random });
  const most = Math.min(
    options.sampleLength ?? Math.floor(facts.textPositions / 2),
    facts.textPositions - promptLength + 1,
  );
  let paths: readonly Path[] = [{ tokens: [], logProbabilities: [], score: 0, state: scorer.start }];
  let rows = logits;
  for (let length = 1; ; length++) {
    const scored = paths.map((path, row) =>
      scoreRow(rows.subarray(row * facts.vocabularySize, (row + 1) * facts.vocabularySize), path, filters, scorer),
    );
    const { extensions, complete } = method.advance(paths, scored);
    paths = extensions.map(({ parent, token, logProbability, score }) => {
      const { tokens, logProbabilities, state } = paths[parent]!;
      return {
        tokens: [...tokens, token],
        logProbabilities: [...logProbabilities, logProbability],
        score,
        state: scorer.next(state, token),
      };
    });
    if (complete || paths.length === 0 || length >= most) break;
    if (loopRatio !== null && allLoop(paths, tokenizer, loopRatio)) break;
    // A native backend answers in the same turn: without this neither progress nor Ctrl-C would be heard until the end.
    await nextTurn();
    signal?.throwIfAborted();
    const parents = Int32Array.from(extensions, ({ parent }) => parent);
    const tokens = Int32Array.from(extensions, ({ token }) => token);
    rows = await session.step(parents, tokens);
  }
  return method.candidates(paths);
}

function scoreRow(
  values: Float32Array,
  { tokens, state }: Path,
  filters: ReturnType<typeof tokenFilters>,
  scorer: Scorer,
): ScoredRow {
  for (const filter of filters) filter(values, tokens);
  const normaliser = scorer.score(values, state);
  if (!Number.isFinite(normaliser)) {
    throw new RecordError(
      'not-finite',
      'The model gave no finite score for any token; the weights or the audio are broken.',
    );
  }
  return { values, normaliser };
}
