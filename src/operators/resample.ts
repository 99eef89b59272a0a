/** Waveforms at another sample rate, by band-limited interpolation without delay (`src/audio/resampler.ts`). */
import { z } from 'zod';
import { resample as resampleSamples } from '../audio/resampler.ts';
import { defineOperator } from './define-operator.ts';

export const resample = defineOperator(
  {
    name: 'resample',
    summary: 'Brings waveforms to one sample rate.',
    shape: 'each',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({
      sampleRate: z
        .int()
        .min(1000)
        .max(768_000)
        .default(16_000)
        .describe('Rate of the waveforms that leave, in Hz; Whisper hears 16000.'),
      quality: z
        .enum(['standard', 'best', 'swresample'])
        .default('standard')
        .describe(
          'Filter: standard is flat up to 87 % of the band, best up to 90 % at half the speed; swresample is that of FFmpeg, which openai-whisper and its kin hear through.',
        ),
    }),
    checkpoint: 'stateless',
  },
  ({ sampleRate, quality }) =>
    (waveform) => {
      if (waveform.sampleRate === sampleRate) return waveform;
      const samples = resampleSamples(waveform.samples, waveform.sampleRate, sampleRate, quality);
      return { ...waveform, samples, sampleRate };
    },
);
