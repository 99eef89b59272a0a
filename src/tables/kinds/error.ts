import type { Utterance } from '../../records.ts';
import { since } from '../columns/column.ts';
import { nullable } from '../columns/nullable.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';

/** From `source` on the columns are those of the utterance: a table of errors is a manifest of what is to be tried again. */
export const errorTable = defineTable(
  'error',
  {
    id: utf8,
    node: utf8,
    code: utf8,
    message: utf8,
    attempt: int32,
    path: nullable(utf8),
    source: since(nullable(utf8), null),
    audio_path: nullable(utf8),
    start: nullable(float64),
    duration: nullable(float64),
    reference: nullable(utf8),
    language: nullable(utf8),
    speaker: nullable(utf8),
  },
  ({ id, node, code, message, attempt, path, source, utterance }) => ({
    id,
    node,
    code,
    message,
    attempt,
    path,
    source,
    audio_path: utterance?.path ?? null,
    start: utterance?.start ?? null,
    duration: utterance?.duration ?? null,
    reference: utterance?.reference ?? null,
    language: utterance?.language ?? null,
    speaker: utterance?.speaker ?? null,
  }),
  ({ id, node, code, message, attempt, path, source, audio_path, start, ...rest }) => ({
    kind: 'error',
    id,
    node,
    code,
    message,
    attempt,
    path,
    source: source ?? id,
    utterance: audio_path === null ? null : utteranceOf(source ?? id, audio_path, start ?? 0, rest),
  }),
);

function utteranceOf(
  id: string,
  path: string,
  start: number,
  rest: Pick<Utterance, 'duration' | 'reference' | 'language' | 'speaker'>,
): Utterance {
  return { kind: 'utterance', id, path, start, ...rest };
}
