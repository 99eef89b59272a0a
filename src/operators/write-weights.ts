/** The end of a sweep: curves for people to see, and the best weights as a file that `rescore` takes. */
import { z } from 'zod';
import type { WeightSetting } from '../records.ts';
import { bestSetting, drawCurves, rateOf } from '../scoring/swept-weights.ts';
import { openPendingFile } from '../tables/pending-file.ts';
import { defineOperator } from './define-operator.ts';

export const writeWeights = defineOperator(
  {
    name: 'write-weights',
    summary: 'Writes the weights with the fewest errors to a file that rescore takes, and draws the curves.',
    shape: 'gather',
    input: 'weight-setting',
    output: 'part',
    sink: true,
    checkpoint: 'no',
    options: z.strictObject({
      path: z.string().min(1).default('weights.json').describe('The file: the options of rescore, as JSON.'),
    }),
  },
  async ({ path }, context) => {
    // Before the work: can anything be written there?
    await (await openPendingFile(path)).discard();
    const settings: WeightSetting[] = [];
    return {
      add(setting) {
        settings.push(setting);
        return [{ record: null, from: [setting] }];
      },
      async flush() {
        const best = bestSetting(settings);
        if (best === undefined) {
          context.note(`${path} was not written: no weights were tried.`);
          return [];
        }
        for (const line of drawCurves(settings)) context.note(line);
        const rate = `${(100 * rateOf(best)).toFixed(2)} %`;
        context.note(
          `Of ${settings.length} settings ${best.id} is best: ${rate} of ${best.units} units, ${best.changed} of ${best.utterances} texts changed.`,
        );
        const file = await openPendingFile(path);
        const bytes = Buffer.from(`${JSON.stringify(chosen(best), null, 2)}\n`);
        await file.write(bytes);
        await file.commit();
        return [{ record: { kind: 'part', id: path, path, rows: 1, bytes: bytes.length }, from: [] }];
      },
    };
  },
);

function chosen({
  rescore,
  weight,
  otherPolicy,
  fragmentPolicy,
  lengthPenalty,
  scoreWeights,
  ...swept
}: WeightSetting) {
  const { profile, utterances, errors, units, low, high, changed } = swept;
  return {
    rescore,
    weight,
    otherPolicy,
    fragmentPolicy,
    lengthPenalty,
    scoreWeights,
    found: { profile, utterances, errors, units, low, high, changed },
  };
}
