/**
 * Hears where somebody speaks in a live stream, and cuts it into utterances: each begins a little before its speech and
 * ends with the silence behind it. Every chunk gives one that says how loud it was, with samples where somebody speaks.
 */
import { z } from 'zod';
import { SAMPLE_RATE } from '../audio/mel-spectrogram.ts';
import { loadSilero } from '../audio/silero.ts';
import { VOICE_FRAME } from '../audio/voice-activity.ts';
import { RecordError } from '../errors.ts';
import { createEndpointer, framesKept } from '../live/endpointing.ts';
import { loudness } from '../live/loudness.ts';
import { gapBefore } from '../live/stream-clock.ts';
import type { Gap, SpeechChunk, Waveform } from '../records.ts';
import { defineOperator } from './define-operator.ts';

const seconds = z.number().nonnegative();

export const detectSpeech = defineOperator(
  {
    name: 'detect-speech',
    summary: 'Cuts a live stream into utterances by voice activity.',
    shape: 'session',
    input: 'waveform',
    output: 'speech',
    options: z.strictObject({
      threshold: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.5)
        .describe('Probability at which speech begins; it ends at 0.15 less.'),
      minSpeechSeconds: seconds.default(0.1).describe('Seconds of speech that begin an utterance.'),
      minSilenceSeconds: seconds.default(0.5).describe('Seconds of silence that end an utterance.'),
      preRollSeconds: seconds.default(0.3).describe('Seconds before the speech that belong to its utterance.'),
    }),
    checkpoint: 'no',
  },
  async (options, context) => {
    const silero = await loadSilero();
    context.onClose(() => silero.release());
    const kept = framesKept(options) * VOICE_FRAME;
    let utterance = 0;

    /** A stretch of the stream without a gap. Places are samples since its beginning. */
    const begin = (start: number, gap: Gap | null) => ({
      start,
      /** What is missing before it, until its first chunk has left. */
      gap,
      hear: silero.listen(),
      endpointer: createEndpointer(options),
      /** The last samples, from `heldFrom` on: those not heard yet, and those that an utterance may begin with. */
      held: new Float32Array(0) as Float32Array,
      heldFrom: 0,
      heard: 0,
      given: 0,
      speaking: false,
      silentFrom: null as number | null,
      probability: 0,
    });
    type Stretch = ReturnType<typeof begin>;
    let stretch: Stretch | null = null;
    let last: Waveform | null = null;

    /** What of the utterance has not been given yet, up to `to`; nothing where nobody speaks. */
    const give = (from: Stretch, to: number, level: number, endsUtterance: boolean): SpeechChunk => {
      const { start, gap, speaking, silentFrom, probability, held, heldFrom } = from;
      const begins = speaking ? from.given : to;
      const samples = held.slice(begins - heldFrom, to - heldFrom);
      const { gap: _, ...origin } = last!.origin;
      const place = { ...origin, start: start + begins / SAMPLE_RATE, duration: samples.length / SAMPLE_RATE };
      from.given = to;
      from.gap = null;
      return {
        kind: 'speech',
        id: last!.id,
        origin: gap === null ? place : { ...place, gap },
        samples,
        sampleRate: SAMPLE_RATE,
        utterance: speaking ? utterance : 0,
        endOfSpeech: speaking && silentFrom !== null ? start + (silentFrom * VOICE_FRAME) / SAMPLE_RATE : null,
        endsUtterance,
        level,
        probability,
      };
    };
    /** The stream has ended, or goes on elsewhere: whatever is said is over. */
    const finish = (): SpeechChunk[] => {
      const ended = stretch;
      stretch = null;
      if (ended?.speaking !== true) return [];
      return [give(ended, ended.heldFrom + ended.held.length, loudness(ended.held), true)];
    };

    return {
      async chunk(waveform, { signal }) {
        const { origin, samples, sampleRate } = waveform;
        if (sampleRate !== SAMPLE_RATE) {
          const message = `${origin.path} is at ${sampleRate} Hz; put "resample-stream" before "detect-speech".`;
          throw new RecordError('sample-rate', message);
        }
        const expected =
          stretch === null ? null : stretch.start + (stretch.heldFrom + stretch.held.length) / SAMPLE_RATE;
        const gap = gapBefore(origin, expected);
        const chunks = gap === null ? [] : finish();
        const current = (stretch ??= begin(origin.start, gap));
        last = waveform;
        const level = loudness(samples);
        current.held = joined(current.held, samples);
        const received = current.heldFrom + current.held.length;
        while (received - current.heard >= VOICE_FRAME) {
          signal.throwIfAborted();
          const at = current.heard - current.heldFrom;
          current.probability = await current.hear(current.held.subarray(at, at + VOICE_FRAME));
          current.heard += VOICE_FRAME;
          const { begins, speaking, silentFrom, ends } = current.endpointer.hear(current.probability);
          Object.assign(current, { speaking, silentFrom });
          if (begins !== null) {
            utterance += 1;
            current.given = begins * VOICE_FRAME;
          }
          if (ends) {
            chunks.push(give(current, current.heard, level, true));
            Object.assign(current, { speaking: false, silentFrom: null });
          }
        }
        if (current.speaking || chunks.length === 0) chunks.push(give(current, current.heard, level, false));
        const needed = current.speaking ? current.given : Math.max(current.heldFrom, current.heard - kept);
        current.held = current.held.slice(needed - current.heldFrom);
        current.heldFrom = needed;
        return chunks;
      },
      flush: finish,
    };
  },
);

function joined(before: Float32Array, samples: Float32Array): Float32Array {
  const both = new Float32Array(before.length + samples.length);
  both.set(before);
  both.set(samples, before.length);
  return both;
}
