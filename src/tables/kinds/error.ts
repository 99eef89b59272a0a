import { nullable } from '../columns/nullable.ts';
import { int32 } from '../columns/numbers.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';

export const errorTable = defineTable(
  'error',
  { id: utf8, node: utf8, code: utf8, message: utf8, attempt: int32, path: nullable(utf8) },
  ({ id, node, code, message, attempt, path }) => ({ id, node, code, message, attempt, path }),
  (row) => ({ kind: 'error', ...row }),
);
