import type { LanguageStretch } from '../../records.ts';
import { ColumnFault } from '../columns/column.ts';
import { list } from '../columns/list.ts';
import { nullable } from '../columns/nullable.ts';
import { float64 } from '../columns/numbers.ts';
import { struct } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

export const languagePosteriorTable = defineTable(
  'language-posterior',
  {
    id: utf8,
    ...originFields,
    /** Whisper's codes, most probable first, and a probability for each. */
    languages: list(utf8),
    probabilities: list(float64),
    /** The same over time; seconds from the beginning of the recording. */
    stretches: nullable(list(struct({ start: float64, end: float64, probabilities: list(float64) }))),
  },
  ({ id, origin, languages, probabilities, stretches }) => ({
    id,
    ...originToRow(origin),
    languages,
    probabilities,
    stretches: stretches ?? null,
  }),
  (row) => {
    const { id, languages, probabilities, stretches } = row;
    checkCount('probabilities', probabilities, languages);
    stretches?.forEach((stretch) => checkStretch(stretch, languages));
    const posterior = { kind: 'language-posterior', id, origin: originFromRow(row), languages, probabilities } as const;
    return stretches === null ? posterior : { ...posterior, stretches };
  },
);

function checkStretch({ start, end, probabilities }: LanguageStretch, languages: readonly string[]): void {
  if (!(start >= 0 && end >= start)) throw new ColumnFault('stretches', `has one from ${start} to ${end} s`);
  checkCount('stretches.probabilities', probabilities, languages);
}

function checkCount(column: string, probabilities: readonly number[], languages: readonly string[]): void {
  if (probabilities.length === languages.length) return;
  throw new ColumnFault(column, `has ${probabilities.length} items for ${languages.length} languages`);
}
