/**
 * Ranks stored n-best lists anew and writes down what wins: other language terms, another length penalty, scores of other
 * models. No model is loaded. A list gives its candidates the scores that the search would have given them, to rounding
 * (method-specs, I15); what the search had dropped before does not come back.
 */
import { z } from 'zod';
import { reranker } from '../decoding/rerank.ts';
import { RecordError } from '../errors.ts';
import { defineOperator } from './define-operator.ts';
import { readWeights, rerankOptions, rerankSettings } from './rerank-options.ts';

export const rescore = defineOperator(
  {
    name: 'rescore',
    summary: 'Ranks stored n-best lists under other language terms and weights, without the model.',
    shape: 'each',
    input: 'hypothesis',
    output: 'hypothesis',
    options: z.strictObject({
      ...rerankOptions,
      weights: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe('File of chosen weights that a sweep wrote; it stands in the place of all other options of ranking.'),
      keepLists: z.boolean().default(false).describe('Give the n-best lists on with the hypothesis that won.'),
    }),
    checkpoint: 'stateless',
  },
  async ({ weights, keepLists, ...options }) => {
    const { rerank } = reranker(rerankSettings(weights === null ? options : await readWeights(weights)));
    return (hypothesis) => {
      if (hypothesis.nBest === null) {
        throw new RecordError(
          'no-lists',
          `${hypothesis.id} has no n-best lists; decode with nBest, as pipelines/decode-nbest.json does.`,
        );
      }
      const won = rerank(hypothesis);
      return keepLists ? won : { ...won, nBest: null };
    };
  },
);
