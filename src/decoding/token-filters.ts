/** Which tokens may come next (openai-whisper whisper/decoding.py, `LogitFilter`s). Masks are written into the row. */
import type { Tokenizer } from '../whisper/tokenizer.ts';
import { forbid, forbidOrdinary, forbidSpecial, type TokenRow } from '../language/token-row.ts';
import { logSumExp, maximum } from './log-probabilities.ts';

/** Sets the scores of forbidden tokens to -Infinity. `sampled`: the tokens since the prompt. */
export type TokenFilter = (row: TokenRow, sampled: readonly number[]) => void;

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

/** What writes a space and nothing else. */
export const blankTokens = (tokenizer: Tokenizer): readonly number[] => tokenizer.encode(' ');

/** Neither a space nor the end may come first. */
function suppressBlank(tokenizer: Tokenizer): TokenFilter {
  const blank = [...blankTokens(tokenizer), tokenizer.endOfText];
  return (row, sampled) => {
    if (sampled.length === 0) for (const token of blank) forbid(row, token);
  };
}

/** The tokens listed and, as in the reference, the special ones that are no part of a transcript. */
export function suppressedTokens(tokenizer: Tokenizer, listed: readonly number[]): number[] {
  if (listed.length === 0) return [];
  const { transcribe, translate, startOfTranscript, startOfPrevious, startOfLm, noSpeech } = tokenizer;
  return [
    ...new Set([
      ...listed.filter((token) => token >= 0),
      ...(listed.includes(-1) ? tokenizer.nonSpeechTokens : []),
      ...[transcribe, translate, startOfTranscript, startOfPrevious, startOfLm, noSpeech],
    ]),
  ];
}

function suppressTokens(tokenizer: Tokenizer, listed: readonly number[]): TokenFilter {
  const suppressed = suppressedTokens(tokenizer, listed);
  const special = suppressed.filter((token) => token >= tokenizer.endOfText);
  return (row) => {
    // A shortlist leaves out the others (shortlist.ts).
    for (const token of row.grouped === null ? suppressed : special) forbid(row, token);
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
    forbid(row, noTimestamps);
    const isTimestamp = (token: number | undefined): boolean => token !== undefined && token >= timestampBegin;
    const closed = sampled.length < 2 || isTimestamp(sampled.at(-2));
    const afterTimestamp = isTimestamp(sampled.at(-1));
    if (afterTimestamp && closed) forbidSpecial(row, timestampBegin);
    if (afterTimestamp && !closed) forbidOrdinary(row);

    const last = sampled.findLast(isTimestamp);
    // A segment that has just been opened must last; only the end of one may repeat as the start of the next.
    if (last !== undefined) forbidSpecial(row, timestampBegin, afterTimestamp && !closed ? last : last + 1);

    const forbidText = (): void => {
      forbidOrdinary(row);
      forbidSpecial(row, endOfText, timestampBegin);
    };
    if (sampled.length === 0) {
      forbidText();
      forbidSpecial(row, latestFirst + 1);
    }
    const { values, special } = row;
    const timestamps = special + timestampBegin - endOfText;
    if (logSumExp(values, timestamps) > maximum(values, 0, timestamps)) forbidText();
  };
}
