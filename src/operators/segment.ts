/**
 * Cuts a recording into its stretches of speech: one waveform in, as many out as there are. Each keeps its place in the
 * recording, exact to the sample. A recording without speech gives nothing, which is counted as a drop.
 */
import { z } from 'zod';
import { SAMPLE_RATE } from '../audio/mel-spectrogram.ts';
import { loadSilero } from '../audio/silero.ts';
import { energyProbabilities, speechStretches } from '../audio/voice-activity.ts';
import { RecordError } from '../errors.ts';
import type { Waveform } from '../records.ts';
import { defineOperator } from './define-operator.ts';

const seconds = z.number().nonnegative();

export const segment = defineOperator(
  {
    name: 'segment',
    summary: 'Cuts recordings into stretches of speech, by voice activity.',
    shape: 'expand',
    input: 'waveform',
    output: 'waveform',
    options: z
      .strictObject({
        by: z
          .enum(['voice', 'energy', 'none'])
          .default('voice')
          .describe(
            'What tells speech: the Silero network (voice), loudness (energy), or nothing: recordings pass whole.',
          ),
        threshold: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.5)
          .describe('Probability at which speech begins; it ends at 0.15 less.'),
        minSpeechSeconds: seconds.default(0.25).describe('Seconds; shorter speech is dropped.'),
        minSilenceSeconds: seconds.default(2).describe('Seconds; a shorter silence does not end a stretch.'),
        padSeconds: seconds.default(0.4).describe('Seconds of the recording kept on either side of a stretch.'),
        maxSeconds: z
          .number()
          .positive()
          .default(30)
          .describe('Seconds; a longer stretch is cut at its longest silence.'),
      })
      .refine(({ padSeconds, maxSeconds }) => 2 * padSeconds < maxSeconds, {
        path: ['padSeconds'],
        error: 'must be less than half of maxSeconds',
      }),
    checkpoint: 'stateless',
  },
  async ({ by, ...options }, context) => {
    if (by === 'none') return (waveform) => [waveform];
    const silero = by === 'voice' ? await loadSilero() : null;
    if (silero !== null) context.onClose(() => silero.release());
    return async function* (waveform, { signal }) {
      const { origin, samples, sampleRate } = waveform;
      if (sampleRate !== SAMPLE_RATE) {
        throw new RecordError('sample-rate', `${origin.path} is at ${sampleRate} Hz; put "resample" before "segment".`);
      }
      const probabilities = silero ? await silero.probabilities(samples, signal) : energyProbabilities(samples);
      const stretches = speechStretches(probabilities, samples.length, options);
      for (const [index, { start, end }] of stretches.entries()) {
        yield piece(waveform, start, end, index, stretches.length);
      }
    };
  },
);

/** The samples from `start` to `end` as a waveform of its own: `talk.wav` gives `talk.wav#0001`, `talk.wav#0002` … */
function piece(recording: Waveform, start: number, end: number, index: number, count: number): Waveform {
  const { id, origin, samples, sampleRate } = recording;
  return {
    kind: 'waveform',
    id: `${id}#${String(index + 1).padStart(4, '0')}`,
    origin: {
      ...origin,
      start: origin.start + start / sampleRate,
      duration: (end - start) / sampleRate,
      piece: { recording: id, index, count },
    },
    samples: samples.slice(start, end),
    sampleRate,
  };
}
