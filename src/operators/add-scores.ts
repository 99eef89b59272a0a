/**
 * Scores from outside beside those of n-best lists: what a language model, or anything else, gave the candidates, read from a
 * table (`src/manifests/candidate-scores.ts`). `rescore` and `sweep-weights` weigh them by their names.
 */
import { z } from 'zod';
import { withScore } from '../decoding/list-scores.ts';
import { RecordError } from '../errors.ts';
import { readCandidateScores } from '../manifests/candidate-scores.ts';
import { defineOperator } from './define-operator.ts';

export const addScores = defineOperator(
  {
    name: 'add-scores',
    summary: 'Adds scores from a table, such as those of a language model, to the candidates of stored n-best lists.',
    shape: 'each',
    input: 'hypothesis',
    output: 'hypothesis',
    options: z.strictObject({
      path: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe(
          'JSON lines, or a .csv or .tsv with a header: id, window and candidate (both from 0), and a column for each score, natural logarithms. null adds nothing.',
        ),
      names: z
        .array(z.string().regex(/^[^=\s]+$/, 'expected a name without spaces and "="'))
        .min(1)
        .default(['lm'])
        .describe('Columns that are added, under their names.'),
    }),
    checkpoint: 'stateless',
  },
  async ({ path, names }) => {
    if (path === null) return (hypothesis) => hypothesis;
    const scoreOf = await readCandidateScores(path, names);
    return (hypothesis) => {
      const { id, nBest } = hypothesis;
      const lists = (nBest ?? []).map((list, window) =>
        names.reduce(
          (scored, name) =>
            withScore(scored, name, (candidate) => {
              const score = scoreOf(name, id, window, candidate);
              if (score !== undefined) return score;
              throw new RecordError(
                'no-score',
                `${path} has no ${name} for candidate ${candidate} of window ${window} of ${id}; add the row.`,
              );
            }),
          list,
        ),
      );
      return { ...hypothesis, nBest: nBest === null ? null : lists };
    };
  },
);
