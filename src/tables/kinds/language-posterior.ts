import { ColumnFault } from '../columns/column.ts';
import { list } from '../columns/list.ts';
import { float64 } from '../columns/numbers.ts';
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
  },
  ({ id, origin, languages, probabilities }) => ({ id, ...originToRow(origin), languages, probabilities }),
  (row) => {
    const { id, languages, probabilities } = row;
    if (languages.length !== probabilities.length) {
      throw new ColumnFault('probabilities', `has ${probabilities.length} items for ${languages.length} languages`);
    }
    return { kind: 'language-posterior', id, origin: originFromRow(row), languages, probabilities };
  },
);
