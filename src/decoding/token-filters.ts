/** Which tokens may come next (openai-whisper whisper/decoding.py, `LogitFilter`s). Masks are written into the row. */
import type { Tokenizer } from '../whisper/tokenizer.ts';
import { logSumExp, maximum } from './log-probabilities.ts';

/** Sets the logits of forbidden tokens to -Infinity. `sampled`: the tokens since the prompt. */
export type TokenFilter = (row: Float32Array, sampled: readonly number[]) => void;

export interface FilterOptions {
  readonly suppressBlank: boolean;
  /** Ids never to be written; -1 stands for the tokenizer's `nonSpeechTokens`. */
  readonly suppressTokens: readonly number[];
  readonly withoutTimestamps: boolean;
  /** Latest first timestamp, seconds; null for no limit. */
  readonly maxInitialTimestamp: number | null;
}

/** Seconds from one timestamp token to the next. */
export const TIMESTAMP_STEP = 0.02;

/** The filters of one decoding, in the order in which they must run. */
export function tokenFilters(tokenizer: Tokenizer, options: FilterOptions): TokenFilter[] {
  const filters: TokenFilter[] = [];
  if (options.suppressBlank) filters.push(suppressBlank(tokenizer));
  if (options.suppressTokens.length > 0) filters.push(suppressTokens(tokenizer, options.suppressTokens));
  if (!options.withoutTimestamps) filters.push(timestampRules(tokenizer, options.maxInitialTimestamp));
  return filters;
}

/** Neither a space nor the end may come first. */
function suppressBlank(tokenizer: Tokenizer): TokenFilter {
  const blank = [...tokenizer.encode(' '), tokenizer.endOfText];
  return (row, sampled) => {
    if (sampled.length === 0) for (const token of blank) row[token] = -Infinity;
  };
}

/** The tokens listed and, as in the reference, the special ones that are no part of a transcript. */
function suppressTokens(tokenizer: Tokenizer, listed: readonly number[]): TokenFilter {
  const { transcribe, translate, startOfTranscript, startOfPrevious, startOfLm, noSpeech } = tokenizer;
  const tokens = Int32Array.from(
    new Set([
      ...listed.filter((token) => token >= 0),
      ...(listed.includes(-1) ? tokenizer.nonSpeechTokens : []),
      ...[transcribe, translate, startOfTranscript, startOfPrevious, startOfLm, noSpeech],
    ]),
  );
  return (row) => {
    for (const token of tokens) row[token] = -Infinity;
  };
}

/**
 * Timestamps come in pairs except before the end, never go back, and are taken where all of them together are more
 * probable than any single text token. The first token is one.
 */
function timestampRules(tokenizer: Tokenizer, maxInitialTimestamp: number | null): TokenFilter {
  const { timestampBegin, endOfText, noTimestamps } = tokenizer;
  // The reference takes 0 for "no limit".
  const latestFirst = maxInitialTimestamp
    ? timestampBegin + Math.round(maxInitialTimestamp / TIMESTAMP_STEP)
    : Infinity;
  return (row, sampled) => {
    row[noTimestamps] = -Infinity;
    const isTimestamp = (token: number | undefined): boolean => token !== undefined && token >= timestampBegin;
    const closed = sampled.length < 2 || isTimestamp(sampled.at(-2));
    const afterTimestamp = isTimestamp(sampled.at(-1));
    if (afterTimestamp && closed) row.fill(-Infinity, timestampBegin);
    if (afterTimestamp && !closed) row.fill(-Infinity, 0, endOfText);

    const last = sampled.findLast(isTimestamp);
    // A segment that has just been opened must last; only the end of one may repeat as the start of the next.
    if (last !== undefined) row.fill(-Infinity, timestampBegin, afterTimestamp && !closed ? last : last + 1);

    if (sampled.length === 0) {
      row.fill(-Infinity, 0, timestampBegin);
      if (latestFirst < row.length) row.fill(-Infinity, latestFirst + 1);
    }
    if (logSumExp(row, timestampBegin) > maximum(row, 0, timestampBegin)) row.fill(-Infinity, 0, timestampBegin);
  };
}
