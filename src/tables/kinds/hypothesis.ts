import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { struct } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

const word = struct({
  word: utf8,
  /** Seconds from the beginning of the recording. */
  start: float64,
  end: float64,
  probability: float64,
});

/** Field names are openai-whisper's. */
const segment = struct({
  start: float64,
  end: float64,
  text: utf8,
  tokens: list(int32),
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
    text: utf8,
    segments: list(segment),
  },
  ({ id, origin, model, language, languageProbability, text, segments }) => ({
    id,
    ...originToRow(origin),
    model,
    language,
    language_probability: languageProbability,
    text,
    segments: segments.map(({ averageLogProbability, compressionRatio, noSpeechProbability, ...same }) => ({
      ...same,
      avg_logprob: averageLogProbability,
      compression_ratio: compressionRatio,
      no_speech_prob: noSpeechProbability,
    })),
  }),
  (row) => ({
    kind: 'hypothesis',
    id: row.id,
    origin: originFromRow(row),
    model: row.model,
    language: row.language,
    languageProbability: row.language_probability,
    text: row.text,
    segments: row.segments.map(({ avg_logprob, compression_ratio, no_speech_prob, ...same }) => ({
      ...same,
      averageLogProbability: avg_logprob,
      compressionRatio: compression_ratio,
      noSpeechProbability: no_speech_prob,
    })),
  }),
);
