/** The options by which stored n-best lists are ranked, given one by one or by the file that a sweep wrote. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RerankOptions } from '../decoding/rerank.ts';
import { UsageError } from '../errors.ts';
import { languageOptions } from './language-options.ts';

const { rescore, weight, otherPolicy, fragmentPolicy } = languageOptions;

/** Spread into the options of an operator. */
export const rerankOptions = {
  rescore,
  weight,
  otherPolicy,
  fragmentPolicy,
  lengthPenalty: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('Exponent of the length penalty (Wu et al. 2016); null ranks candidates by the mean over their tokens.'),
  ownWeight: z
    .number()
    .min(0)
    .default(1)
    .describe("Weight of a candidate's own score beside those of others; 0 ranks by the others alone."),
  scoreWeights: z
    .array(z.string().regex(/^[^=\s]+=-?\d+(\.\d+)?$/, 'expected a name and a number, such as lm=0.3'))
    .default([])
    .describe('Weights of scores that the lists got from others, such as ["lm=0.3"]; those not named do not count.'),
};

type Options = z.output<z.ZodObject<typeof rerankOptions>>;

export function rerankSettings(options: Options): RerankOptions {
  const { rescore: mode, weight, otherPolicy, fragmentPolicy, lengthPenalty, ownWeight, scoreWeights } = options;
  return {
    rescoring: { mode, weight, otherPolicy, fragmentPolicy },
    lengthPenalty,
    ownWeight,
    scoreWeights: Object.fromEntries(
      scoreWeights.map((one) => {
        const [name, value] = one.split('=') as [string, string];
        return [name, Number(value)];
      }),
    ),
  };
}

/** The file that holds chosen weights: the options under their own names. */
const chosenSchema = z.object(rerankOptions);

/** @throws UsageError `weights` when the file cannot be read or is not what `write-weights` wrote. */
export async function readWeights(path: string): Promise<Options> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError('weights', `${path} cannot be read; name the file that a sweep wrote.`, { cause });
  }
  try {
    return chosenSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UsageError('weights', `${path} does not hold the weights of a sweep: ${reason}`, { cause });
  }
}
