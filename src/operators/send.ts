/** The end of a branch: records go to the program that runs the graph, as it opens a session or draws a screen. */
import { z } from 'zod';
import { defineOperator } from './define-operator.ts';

export const send = defineOperator(
  {
    name: 'send',
    summary: 'Hands records to the program that runs the graph.',
    shape: 'gather',
    input: 'any',
    output: 'part',
    sink: true,
    absorbs: true,
    options: z.strictObject({
      to: z
        .string()
        .min(1)
        .default('records')
        .describe('Name under which the program takes them; where it takes none of that name they end here.'),
    }),
    checkpoint: 'no',
  },
  ({ to }, { program }) => {
    const take = program.taken.get(to);
    return {
      add(record) {
        take?.(record);
        return [{ record: null, from: [record] }];
      },
      flush: () => [],
    };
  },
);
