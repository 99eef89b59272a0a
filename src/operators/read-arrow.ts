/**
 * Records out of the Arrow files that `write-arrow` wrote, in the order of the files and of their rows. Hypotheses that
 * were written may so be scored, filtered or written otherwise without decoding the audio again.
 */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { AnyRecord, RecordKind } from '../records.ts';
import { arrowFiles } from '../tables/arrow-files.ts';
import { KIND } from '../tables/provenance.ts';
import { countRows, readMetadata, readRecords } from '../tables/reader.ts';
import { defineOperator } from './define-operator.ts';

export const readArrow = defineOperator(
  {
    name: 'read-arrow',
    summary: 'Reads records of one kind from Arrow files that write-arrow wrote.',
    shape: 'expand',
    input: null,
    output: 'any',
    incidental: ['path'],
    gives: ({ kind }) => kind as RecordKind,
    options: z.strictObject({
      path: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
        .describe(
          'An Arrow file, a folder of them, or a list of both. Folders are read in the order of their file names.',
        ),
      kind: z
        .string()
        .min(1)
        .default('hypothesis')
        .describe(
          'Kind of the records in the files, as `diglot explain` tells it; the nodes that follow are checked against it.',
        ),
    }),
  },
  async ({ path, kind }, context) => {
    const files = (await Promise.all([path].flat().map(arrowFiles))).flat();
    let rows = 0;
    for (const file of files) {
      const found = (await readMetadata(file)).get(KIND);
      if (found !== kind) throw new UsageError('arrow-kind', kindFault(file, kind, found));
      rows += await countRows(file);
    }
    context.expect(rows, null);
    return async function* () {
      for (const file of files) yield* readRecords(file) as AsyncGenerator<AnyRecord>;
    };
  },
);

function kindFault(file: string, kind: string, found: string | undefined): string {
  if (found === undefined)
    return `${file} is an Arrow file that diglot did not write; name one that "write-arrow" wrote.`;
  return `${file} holds records of kind ${found} and not ${kind}; set kind: ${JSON.stringify(found)}, or name another file.`;
}
