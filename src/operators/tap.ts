/** Passes every record on as it is and tells of some of them, to see what travels along an edge. */
import { z } from 'zod';
import { type AnyRecord, secondsOf } from '../records.ts';
import { defineOperator } from './define-operator.ts';

/** Characters of a text that are told. */
const TEXT_LENGTH = 60;

export const tap = defineOperator(
  {
    name: 'tap',
    summary: 'Passes records on and tells of some of them.',
    shape: 'each',
    input: 'any',
    output: 'same',
    options: z.strictObject({
      label: z.string().default('tap').describe('Word at the beginning of each line, to tell several taps apart.'),
      first: z.int().min(0).default(3).describe('How many records to tell of at the beginning.'),
      every: z
        .int()
        .min(1)
        .nullable()
        .default(1000)
        .describe('After those, tells of every n-th record, counted from the beginning; null tells of no more.'),
    }),
    checkpoint: 'stateless',
  },
  ({ label, first, every }, { note }) => {
    let count = 0;
    return (record) => {
      count += 1;
      if (count <= first || (every !== null && count % every === 0)) note(`${label}: ${count} ${describe(record)}`);
      return record;
    };
  },
);

/** Kind, id, seconds and text of a record, as far as it has them. */
function describe(record: AnyRecord): string {
  const seconds = secondsOf(record);
  const length = seconds === null ? '' : `, ${seconds.toFixed(2)} s`;
  const text = record.kind === 'hypothesis' ? record.text : record.kind === 'error' ? record.message : '';
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  const shown = characters.slice(0, TEXT_LENGTH).join('') + (characters.length > TEXT_LENGTH ? ' …' : '');
  return `${record.kind} ${record.id}${length}${shown === '' ? '' : `: ${shown}`}`;
}
