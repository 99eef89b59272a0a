import { ColumnFault } from '../columns/column.ts';
import { nullable } from '../columns/nullable.ts';
import { float64 } from '../columns/numbers.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';

/** Lines of a manifest; an Arrow file of them is a manifest too. */
export const utteranceTable = defineTable(
  'utterance',
  {
    id: utf8,
    path: utf8,
    /** Seconds. */
    start: float64,
    duration: nullable(float64),
    reference: nullable(utf8),
    language: nullable(utf8),
    speaker: nullable(utf8),
  },
  ({ id, path, start, duration, reference, language, speaker }) => ({
    id,
    path,
    start,
    duration,
    reference,
    language,
    speaker,
  }),
  (row) => {
    if (row.start < 0 || (row.duration ?? 0) < 0) throw new ColumnFault('start', 'or duration is negative');
    return { kind: 'utterance', ...row };
  },
);
