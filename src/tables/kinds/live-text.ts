import type { FinalText, LiveText, PartialText } from '../../records.ts';
import { bool } from '../columns/bool.ts';
import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { snakeCase, struct, type RowOf } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { languageSpan } from './language-span.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

const liveWord = struct(
  {
    word: utf8,
    /** Seconds from the beginning of the recording. */
    start: float64,
    end: float64,
    probability: float64,
    language: utf8,
    /** In the order of `languages`, then other. */
    internal: list(float64),
    external: nullable(list(float64)),
  },
  snakeCase,
);

const fields = {
  id: utf8,
  ...originFields,
  utterance: int32,
  text: utf8,
  words: list(liveWord),
  language: utf8,
  languages: list(utf8),
  language_spans: list(languageSpan),
  confidence: float64,
  /** Seconds from the beginning of the recording, by the clock, and if computing took no time. */
  emitted_at: float64,
  heard_until: float64,
};

const toRow = (record: LiveText): RowOf<typeof fields> => ({
  id: record.id,
  ...originToRow(record.origin),
  utterance: record.utterance,
  text: record.text,
  words: record.words,
  language: record.language,
  languages: record.languages,
  language_spans: record.languageSpans,
  confidence: record.confidence,
  emitted_at: record.emittedAt,
  heard_until: record.heardUntil,
});

const fromRow = (row: RowOf<typeof fields>): Omit<LiveText, 'kind'> => ({
  id: row.id,
  origin: originFromRow(row),
  utterance: row.utterance,
  text: row.text,
  words: row.words,
  language: row.language,
  languages: row.languages,
  languageSpans: row.language_spans,
  confidence: row.confidence,
  emittedAt: row.emitted_at,
  heardUntil: row.heard_until,
});

export const partialTable = defineTable(
  'partial',
  fields,
  (record: PartialText) => toRow(record),
  (row): PartialText => ({ kind: 'partial', ...fromRow(row) }),
);

export const finalTable = defineTable(
  'final',
  { ...fields, ends_utterance: bool, end_of_speech: nullable(float64) },
  (record: FinalText) => ({
    ...toRow(record),
    ends_utterance: record.endsUtterance,
    end_of_speech: record.endOfSpeech,
  }),
  (row): FinalText => ({
    kind: 'final',
    ...fromRow(row),
    endsUtterance: row.ends_utterance,
    endOfSpeech: row.end_of_speech,
  }),
);
