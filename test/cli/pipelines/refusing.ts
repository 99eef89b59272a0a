/** A plugin for tests of `diglot retry`: an operator that refuses what is in a file, until the file is gone. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { RecordError } from '../../../src/errors.ts';
import { defineOperator } from '../../../src/operators/define-operator.ts';

export const refuseWhile = defineOperator(
  {
    name: 'refuse-while',
    summary: 'Fails at one record as long as a file is there.',
    shape: 'each',
    input: 'utterance',
    output: 'utterance',
    options: z.strictObject({
      file: z.string().default('broken').describe('The file.'),
      id: z.string().default('u5').describe('The record.'),
    }),
  },
  ({ file, id }) =>
    (utterance) => {
      if (utterance.id === id && existsSync(file)) throw new RecordError('refused', `${id} is refused.`);
      return utterance;
    },
);
