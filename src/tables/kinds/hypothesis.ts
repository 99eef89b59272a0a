import { bool } from '../columns/bool.ts';
import { since } from '../columns/column.ts';
import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { float32Array, float64Array, int32Array, uint8Array } from '../columns/numeric-array.ts';
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
    scores: float64Array,
    tokens: int32Array,
    characters: int32Array,
    logProbabilities: float64Array,
    tokenScores: float64Array,
    classes: uint8Array,
    internal: float32Array,
    external: nullable(float32Array),
    begins: uint8Array,
    exempt: float32Array,
    powerSums: float64Array,
  },
  snakeCase,
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
  token_scores: since(list(tokenScore), []),
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
    segments: segments.map(
      ({ averageLogProbability, compressionRatio, noSpeechProbability, tokenScores, ...same }) => ({
        ...same,
        token_scores: tokenScores,
        avg_logprob: averageLogProbability,
        compression_ratio: compressionRatio,
        no_speech_prob: noSpeechProbability,
      }),
    ),
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
    segments: row.segments.map(({ avg_logprob, compression_ratio, no_speech_prob, token_scores, ...same }) => ({
      ...same,
      tokenScores: token_scores,
      averageLogProbability: avg_logprob,
      compressionRatio: compression_ratio,
      noSpeechProbability: no_speech_prob,
    })),
    languageSpans: row.language_spans,
    guardedWindows: row.guarded_windows,
    nBest: row.n_best_lists,
    ...(row.forced !== null && { forced: row.forced }),
  }),
);
