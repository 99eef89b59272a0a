/**
 * Log-mel features of a recording: 16 kHz samples in, bands x frames out, a frame every 10 ms. Follows openai-whisper's
 * whisper/audio.py (20250625); `test/audio/mel-spectrogram.test.ts` holds the agreement.
 */
import { z } from 'zod';
import { melSpectrogram, SAMPLE_RATE } from '../audio/mel-spectrogram.ts';
import { RecordError } from '../errors.ts';
import { defineOperator } from './define-operator.ts';

export const logMel = defineOperator(
  {
    name: 'log-mel',
    summary: 'Turns 16 kHz samples into the log-mel features that Whisper hears.',
    shape: 'each',
    input: 'waveform',
    output: 'log-mel',
    options: z.strictObject({
      bands: z.literal([80, 128]).default(80).describe('Mel bands: 80, or 128 for large-v3 and its turbo.'),
    }),
    checkpoint: 'stateless',
  },
  ({ bands }) =>
    ({ id, origin, samples, sampleRate }) => {
      if (sampleRate !== SAMPLE_RATE) {
        throw new RecordError('sample-rate', `${origin.path} is at ${sampleRate} Hz; put "resample" before "log-mel".`);
      }
      return { kind: 'log-mel', id, origin, ...melSpectrogram(samples, bands) };
    },
);
