/**
 * Log-mel features of a recording: 16 kHz samples in, bands x frames out, a frame every 10 ms. Follows openai-whisper's
 * whisper/audio.py (20250625); `test/audio/mel-spectrogram.test.ts` holds the agreement.
 */
import { z } from 'zod';
import { melSpectrogram, SAMPLE_RATE } from '../audio/mel-spectrogram.ts';
import { RecordError } from '../errors.ts';
import { modelBands } from '../whisper/model-bands.ts';
import { defineOperator } from './define-operator.ts';
import { modelOptions } from './model-options.ts';

export const logMel = defineOperator(
  {
    name: 'log-mel',
    summary: 'Turns 16 kHz samples into the log-mel features that Whisper hears.',
    shape: 'each',
    input: 'waveform',
    output: 'log-mel',
    incidental: ['offline', 'cacheFolder'],
    options: z.strictObject({
      bands: z
        .literal([80, 128])
        .nullable()
        .default(null)
        .describe('Mel bands; null takes as many as "model" hears, or 80 where no model is named.'),
      model: modelOptions.model
        .unwrap()
        .nullable()
        .default(null)
        .describe('Whisper model that the features are for: a folder, a name under models/, or a hub id owner/name.'),
      offline: modelOptions.offline,
      cacheFolder: modelOptions.cacheFolder,
    }),
    checkpoint: 'stateless',
  },
  async ({ bands, model, ...hub }, { note, signal }) => {
    const heard = bands ?? (model === null ? 80 : await modelBands(model, { ...hub, note, signal }));
    return ({ id, origin, samples, sampleRate }) => {
      if (sampleRate !== SAMPLE_RATE) {
        throw new RecordError('sample-rate', `${origin.path} is at ${sampleRate} Hz; put "resample" before "log-mel".`);
      }
      return { kind: 'log-mel', id, origin, ...melSpectrogram(samples, heard) };
    };
  },
);
