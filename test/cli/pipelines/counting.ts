/** Operators that count instead of recognising speech, for tests of the command line: quick, and they fail when told to. */
import { z } from 'zod';
import { RecordError, UsageError } from '../../../src/errors.ts';
import { defineOperator } from '../../../src/operators/define-operator.ts';
import type { Utterance } from '../../../src/records.ts';

/** A source: `records` utterances of one second each, or with 0 without end. */
export const countUp = defineOperator(
  {
    name: 'count-up',
    summary: 'Gives numbered utterances.',
    shape: 'expand',
    input: null,
    output: 'utterance',
    options: z.strictObject({ records: z.int().min(0).default(3).describe('How many; 0 never ends.') }),
  },
  ({ records }, context) => {
    if (records > 0) context.expect(records, records);
    context.note(`counting to ${records === 0 ? 'infinity' : records}`);
    return async function* () {
      for (let index = 1; records === 0 || index <= records; index++) {
        const utterance: Utterance = {
          kind: 'utterance',
          id: `u${index}`,
          path: `u${index}.wav`,
          start: 0,
          duration: 1,
          reference: null,
          language: null,
          speaker: null,
        };
        yield await new Promise<Utterance>((resolve) => setImmediate(resolve, utterance));
      }
    };
  },
);

/** Passes records on, save those that its options name. */
export const stumble = defineOperator(
  {
    name: 'stumble',
    summary: 'Fails, drops, breaks or hangs at chosen records.',
    shape: 'each',
    input: 'utterance',
    output: 'utterance',
    options: z.strictObject({
      fail: z.string().default('').describe('Id of a record that becomes an error row.'),
      drop: z.string().default('').describe('Id of a record that is dropped.'),
      breakAt: z.string().default('').describe('Id of a record over which the operator breaks.'),
      hangAt: z.string().default('').describe('Id of a record that is never done.'),
      refuse: z.boolean().default(false).describe('Whether the operator cannot be opened.'),
    }),
  },
  ({ fail, drop, breakAt, hangAt, refuse }, context) => {
    if (refuse) throw new UsageError('refused', 'stumble was told to refuse; leave out --refuse.');
    return async (utterance, { signal }) => {
      if (utterance.id === hangAt) {
        context.note(`hanging at ${hangAt}`);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
      if (utterance.id === fail) throw new RecordError('told-to', `${utterance.path} was told to fail.`);
      if (utterance.id === breakAt) throw new TypeError('undefined is not a function');
      return utterance.id === drop ? undefined : utterance;
    };
  },
);

/** A sink: an id a line on standard output. */
export const sayIds = defineOperator(
  {
    name: 'say-ids',
    summary: 'Writes ids to standard output.',
    shape: 'each',
    input: 'utterance',
    output: 'same',
    options: z.strictObject({}),
    sink: true,
  },
  () => (utterance) => {
    process.stdout.write(`${utterance.id}\n`);
    return utterance;
  },
);
