/** An operator of your own: a file that exports what `defineOperator` gives, named in a pipeline under "plugins". */
import { defineOperator, RecordError } from 'diglot';
import { z } from 'zod';

export const normalisePeak = defineOperator(
  {
    name: 'normalise-peak',
    summary: 'Makes every recording equally loud at its loudest sample.',
    shape: 'each',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({
      peak: z.number().positive().max(1).default(0.9).describe('Largest magnitude of a sample afterwards, 0 to 1.'),
    }),
  },
  ({ peak }) =>
    (waveform) => {
      const loudest = waveform.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      if (loudest === 0) throw new RecordError('silence', `${waveform.origin.path} holds nothing but zeros.`);
      return { ...waveform, samples: waveform.samples.map((sample) => (sample * peak) / loudest) };
    },
);
