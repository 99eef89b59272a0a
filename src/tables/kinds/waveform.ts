import { ColumnFault } from '../columns/column.ts';
import { int32 } from '../columns/numbers.ts';
import { float32Array } from '../columns/numeric-array.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

export const waveformTable = defineTable(
  'waveform',
  {
    id: utf8,
    ...originFields,
    samples: float32Array,
    /** Hz. */
    sample_rate: int32,
  },
  ({ id, origin, samples, sampleRate }) => ({ id, ...originToRow(origin), samples, sample_rate: sampleRate }),
  (row) => {
    if (row.sample_rate <= 0) throw new ColumnFault('sample_rate', `is ${row.sample_rate} Hz`);
    return {
      kind: 'waveform',
      id: row.id,
      origin: originFromRow(row),
      samples: row.samples,
      sampleRate: row.sample_rate,
    };
  },
);
