import { bool } from '../columns/bool.ts';
import { since } from '../columns/column.ts';
import { lazy } from '../columns/lazy.ts';
import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { float32Views, float64Views, int32Views, uint8Views } from '../columns/numeric-array.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { snakeCase, struct } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { languageSpan } from './language-span.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

const word = struct({
  word: utf8,
  /** Seconds from the beginning of the recording. */
  start: float64,
  end: float64,
  probability: float64,
});

const tokenScore = struct(
  {
    token: int32,
    /** Code points of the text that begin in it. */
    characters: int32,
    /** Natural logarithms. */
    logProbability: float64,
    score: float64,
    language: utf8,
    /** In the order of `languages`, then other. */
    internal: list(float64),
    external: nullable(list(float64)),
  },
  snakeCase,
);

const candidate = struct(
  {
    text: utf8,
    score: float64,
    ended: bool,
    scores: float64Views,
    tokens: int32Views,
    characters: int32Views,
    logProbabilities: float64Views,
    tokenScores: float64Views,
    classes: uint8Views,
    internal: float32Views,
    external: nullable(float32Views),
    begins: uint8Views,
    exempt: float32Views,
    powerSums: float64Views,
  },
  snakeCase,
  (read, row) => ({
    text: read.text(row),
    score: read.score(row),
    ended: read.ended(row),
    scores: read.scores(row),
    tokens: read.tokens(row),
    characters: read.characters(row),
    logProbabilities: read.logProbabilities(row),
    tokenScores: read.tokenScores(row),
    classes: read.classes(row),
    internal: read.internal(row),
    external: read.external(row),
    begins: read.begins(row),
    exempt: read.exempt(row),
    powerSums: read.powerSums(row),
  }),
);

const windowCandidates = struct(
  {
    /** Frames of 10 ms. */
    seek: int32,
    frames: int32,
    temperature: float64,
    noSpeechProbability: float64,
    timestampBegin: int32,
    powers: list(float64),
    scoreNames: list(utf8),
    candidates: list(candidate),
  },
  snakeCase,
);

/** Field names are openai-whisper's where it has the field. */
const segment = struct({
  start: float64,
  end: float64,
  text: utf8,
  tokens: list(int32),
  token_scores: since(lazy(list(tokenScore)), () => []),
  seek: int32,
  temperature: float64,
  avg_logprob: float64,
  compression_ratio: float64,
  no_speech_prob: float64,
  words: nullable(list(word)),
});

export const hypothesisTable = defineTable(
  'hypothesis',
  {
    id: utf8,
    ...originFields,
    model: utf8,
    language: utf8,
    language_probability: nullable(float64),
    languages: since(list(utf8), []),
    text: utf8,
    segments: list(segment),
    language_spans: since(list(languageSpan), []),
    guarded_windows: since(int32, 0),
    n_best_lists: nullable(list(windowCandidates)),
    /** The reference's tokens, teacher-forced, and the most probable ones at their places. */
    forced: nullable(struct({ scores: list(tokenScore), choices: list(tokenScore) })),
  },
  ({ id, origin, model, language, languages, text, segments, ...rest }) => ({
    id,
    ...originToRow(origin),
    model,
    language,
    language_probability: rest.languageProbability,
    languages,
    text,
    segments: segments.map((segment) => ({
      start: segment.start,
      end: segment.end,
      text: segment.text,
      tokens: segment.tokens,
      token_scores: () => segment.tokenScores,
      seek: segment.seek,
      temperature: segment.temperature,
      avg_logprob: segment.averageLogProbability,
      compression_ratio: segment.compressionRatio,
      no_speech_prob: segment.noSpeechProbability,
      words: segment.words,
    })),
    language_spans: rest.languageSpans,
    guarded_windows: rest.guardedWindows,
    n_best_lists: rest.nBest,
    forced: rest.forced ?? null,
  }),
  (row) => ({
    kind: 'hypothesis',
    id: row.id,
    origin: originFromRow(row),
    model: row.model,
    language: row.language,
    languageProbability: row.language_probability,
    languages: row.languages,
    text: row.text,
    segments: row.segments.map((segment) => ({
      start: segment.start,
      end: segment.end,
      text: segment.text,
      tokens: segment.tokens,
      get tokenScores() {
        return segment.token_scores();
      },
      seek: segment.seek,
      temperature: segment.temperature,
      averageLogProbability: segment.avg_logprob,
      compressionRatio: segment.compression_ratio,
      noSpeechProbability: segment.no_speech_prob,
      words: segment.words,
    })),
    languageSpans: row.language_spans,
    guardedWindows: row.guarded_windows,
    nBest: row.n_best_lists,
    ...(row.forced !== null && { forced: row.forced }),
  }),
);
