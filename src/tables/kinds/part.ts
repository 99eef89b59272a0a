import { count64 } from '../columns/numbers.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';

export const partTable = defineTable(
  'part',
  { id: utf8, path: utf8, rows: count64, bytes: count64 },
  ({ id, path, rows, bytes }) => ({ id, path, rows, bytes }),
  (row) => ({ kind: 'part', ...row }),
);
