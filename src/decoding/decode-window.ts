/** Decodes one window of audio once (openai-whisper whisper/decoding.py, `DecodingTask`). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordError } from '../errors.ts';
import type { PathEvidence } from '../language/calibrator.ts';
import { isSure, valueOf } from '../language/token-row.ts';
import type { DecoderSession, Shortlist, SpeechModel, StepOutput } from '../whisper/speech-model.ts';
import { beamSearch } from './beam.ts';
import { compressionRatio } from './compression-ratio.ts';
import { allLoop } from './loop-guard.ts';
import { evidenceOf } from './path-evidence.ts';
import { promptsOf, type PromptOptions } from './prompt.ts';
import type { RandomNumbers } from '../random-numbers.ts';
import { ranked } from './ranking.ts';
import { sampling } from './sampling.ts';
import { plainScorer, type ScoredRow, type ScoredToken, type Scorer } from './scorer.ts';
import type { Candidate, Path, Search } from './search.ts';
import { tokenFilters, type FilterOptions, type TokenFilter } from './token-filters.ts';

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
  /** Default: the model's own probabilities, which need a single prompt. */
  readonly scorer?: Scorer;
  /** What the session was opened with; default null, whole rows. */
  readonly shortlist?: Shortlist | null;
  /** A path that the search goes on with, as if it had come so far by itself; default the empty one. */
  readonly begun?: Path;
  readonly signal?: AbortSignal;
}

export interface WindowResult {
  /** Of the best candidate, timestamps included. */
  readonly tokens: readonly number[];
  readonly text: string;
  /** Parallel to `tokens`, and the end behind them where the search came to it. */
  readonly tokenScores: readonly ScoredToken[];
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
 * @throws UsageError `language`, `prefix`: see `promptsOf`.
 */
export async function decodeWindow(
  tools: DecodingTools,
  options: WindowOptions,
  previous: readonly number[] = [],
): Promise<WindowResult> {
  const { session, model } = tools;
  const { tokenizer } = model;
  const { rows: prompts, startIndex } = promptsOf(model, options, previous);
  const rows = prompts.map((prompt) => [...prompt, ...(tools.begun?.tokens ?? [])]);
  const promptLength = rows[0]!.length;
  const method = searchMethod(tools, options);
  const [atStart, atEnd] = await session.prefill(rows, [startIndex, promptLength - 1], method.whole);
  // All prompts are one up to here: the first row speaks for them.
  const [behindStart] = evidenceOf(atStart!, 1, rows.length, tools.shortlist ?? null, tokenizer.endOfText);
  const noSpeechProbability = Math.exp(valueOf(behindStart!.prompts[0]!, tokenizer.noSpeech));
  const candidates = ranked(await search(tools, options, method, promptLength, atEnd!), options.lengthPenalty);
  const { tokens, tokenScores, score } = candidates[0]!;
  const text = tokenizer.decode(tokens).trim();
  return {
    tokens,
    text,
    tokenScores,
    averageLogProbability: score / (tokens.length + 1),
    noSpeechProbability,
    compressionRatio: compressionRatio(text),
    temperature: options.temperature,
    candidates,
  };
}

function searchMethod({ model, random }: DecodingTools, options: WindowOptions): Search {
  const { endOfText } = model.tokenizer;
  return options.temperature === 0
    ? beamSearch({ ...options, endOfText })
    : sampling({ ...options, endOfText, random });
}

/** @param first What the model says behind the last of `promptLength` tokens of each prompt. */
async function search(
  { session, model, loopRatio, scorer = plainScorer, shortlist = null, begun, signal }: DecodingTools,
  options: WindowOptions,
  method: Search,
  promptLength: number,
  first: StepOutput,
): Promise<Candidate[]> {
  const { facts, tokenizer } = model;
  const prompts = options.tags.length;
  const filters = tokenFilters(tokenizer, options);
  const evidenceIn = (output: StepOutput, paths: readonly Path[]) =>
    evidenceOf(output, paths.length, prompts, shortlist, tokenizer.endOfText);
  const scoreAll = (output: StepOutput, paths: readonly Path[]) => {
    const evidence = evidenceIn(output, paths);
    return { evidence, rows: paths.map((path, i) => scoreRow(scorer, evidence[i]!, path, filters)) };
  };
  /** Scored when they are asked for, which is rare, and once: scoring masks in place. */
  const wholeRows = (output: StepOutput, paths: readonly Path[]) => {
    const scored = new Map<number, ScoredRow>();
    return (path: number): ScoredRow => {
      const evidence = () => evidenceIn({ ...output, listed: null }, paths)[path]!;
      const row = scored.get(path) ?? scoreRow(scorer, evidence(), paths[path]!, filters);
      scored.set(path, row);
      return row;
    };
  };
  const most = Math.min(
    options.sampleLength ?? Math.floor(facts.textPositions / 2),
    facts.textPositions - promptLength + 1,
  );
  let paths: readonly Path[] = [begun ?? { tokens: [], tokenScores: [], score: 0, state: scorer.start }];
  let output = first;
  for (let length = 1; ; length++) {
    let { evidence, rows } = scoreAll(output, paths);
    // A language term can lift a token over those on the shortlist.
    if (!rows.every(({ row }) => isSure(row, method.ranks))) {
      ({ evidence, rows } = scoreAll(await session.again(), paths));
    }
    const { extensions, complete } = method.advance(paths, rows, wholeRows(output, paths));
    paths = extensions.map(({ parent, token, score, row }) => {
      const { tokens, tokenScores, state } = paths[parent]!;
      return {
        tokens: [...tokens, token],
        tokenScores: [...tokenScores, row.tokenScore(token)],
        score,
        state: scorer.next(state, token, evidence[parent]!),
      };
    });
    if (complete || paths.length === 0 || length >= most) break;
    if (loopRatio !== null && allLoop(paths, tokenizer, loopRatio)) break;
    // A native backend answers in the same turn: without this neither progress nor Ctrl-C would be heard until the end.
    await nextTurn();
    signal?.throwIfAborted();
    // Every path goes on under every prompt.
    const parents = extensions.flatMap(({ parent }) => Array.from({ length: prompts }, (_, i) => parent * prompts + i));
    const tokens = extensions.flatMap(({ token }) => new Array<number>(prompts).fill(token));
    output = await session.step(Int32Array.from(parents), Int32Array.from(tokens), method.whole);
  }
  return method.candidates(paths);
}

/**
 * Scores of the token behind a path.
 * @throws RecordError `not-finite` when they are no numbers.
 */
export function scoreRow(
  scorer: Scorer,
  evidence: PathEvidence,
  { tokens, state }: Pick<Path, 'tokens' | 'state'>,
  filters: readonly TokenFilter[],
): ScoredRow {
  const row = scorer.score(evidence, state, (values) => {
    for (const filter of filters) filter(values, tokens);
  });
  if (Number.isFinite(row.normaliser)) return row;
  throw new RecordError(
    'not-finite',
    'The model gave no finite score for any token; the weights or the audio are broken.',
  );
}
