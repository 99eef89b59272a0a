/**
 * A live stream at another sample rate: the filter of `resample` with what it remembers, so that chunks of any sizes give
 * the samples that the whole recording would. At a gap the filter ends and begins anew.
 */
import { z } from 'zod';
import { createResampler, type Resampler } from '../audio/resampler.ts';
import { RecordError } from '../errors.ts';
import { gapBefore } from '../live/stream-clock.ts';
import type { Gap, Origin, Waveform } from '../records.ts';
import { defineOperator } from './define-operator.ts';

/** A stretch of the stream without a gap. */
interface Stretch {
  readonly rate: number;
  readonly resampler: Resampler | null;
  /** Seconds from the beginning of the recording. */
  readonly start: number;
  /** The last chunk's. */
  origin: Origin;
  id: string;
  /** What is missing before the stretch, until its first chunk has left. */
  gap: Gap | null;
  /** Samples that came and that went. */
  received: number;
  sent: number;
}

export const resampleStream = defineOperator(
  {
    name: 'resample-stream',
    summary: 'Brings a live stream to one sample rate.',
    shape: 'session',
    input: 'waveform',
    output: 'waveform',
    options: z.strictObject({
      sampleRate: z
        .int()
        .min(1000)
        .max(768_000)
        .default(16_000)
        .describe('Rate of the stream that leaves, in Hz; Whisper hears 16000.'),
      quality: z
        .enum(['standard', 'best', 'swresample'])
        .default('swresample')
        .describe('Filter, as of "resample"; swresample waits for the fewest samples.'),
    }),
    checkpoint: 'no',
  },
  ({ sampleRate, quality }) => {
    let stretch: Stretch | null = null;

    const send = (samples: Float32Array, from: Stretch): Waveform[] => {
      if (samples.length === 0) return [];
      const { gap: _, ...origin } = from.origin;
      const { id, gap, start, sent } = from;
      const place = { ...origin, start: start + sent / sampleRate, duration: samples.length / sampleRate };
      from.sent += samples.length;
      from.gap = null;
      return [{ kind: 'waveform', id, origin: gap === null ? place : { ...place, gap }, samples, sampleRate }];
    };
    const finish = (): Waveform[] => {
      const rest = stretch?.resampler == null ? [] : send(stretch.resampler.flush(), stretch);
      stretch = null;
      return rest;
    };

    return {
      chunk({ id, origin, samples, sampleRate: rate }) {
        const expected = stretch === null ? null : stretch.start + stretch.received / stretch.rate;
        const gap = gapBefore(origin, expected);
        if (stretch !== null && gap === null && stretch.rate !== rate) {
          const message = `The stream ${origin.path} changed from ${stretch.rate} Hz to ${rate} Hz; a session has one rate.`;
          throw new RecordError('sample-rate', message);
        }
        const before = gap === null ? [] : finish();
        stretch ??= {
          rate,
          resampler: rate === sampleRate ? null : createResampler(rate, sampleRate, quality),
          start: origin.start,
          origin,
          id,
          gap,
          received: 0,
          sent: 0,
        };
        stretch.origin = origin;
        stretch.id = id;
        stretch.received += samples.length;
        return [...before, ...send(stretch.resampler?.push(samples) ?? samples, stretch)];
      },
      flush: finish,
    };
  },
);
