/**
 * Log-mel of a stream that comes in chunks of any sizes. A frame is measured once, as soon as all that it covers has been
 * heard; only the floor, eight decades under the loudest frame, waits until a stretch is cut out. Cut whole, a stream gives
 * what `melSpectrogram` gives for all of its samples at once.
 */
import { RecordError } from '../errors.ts';
import { FRAME_SIZE, HOP, melPowers, type MelSpectrogram, normalise, TAIL_FRAMES } from './mel-spectrogram.ts';

export interface LogMelStream {
  /** Whole hops that have been heard, from the beginning of the stream. */
  readonly frames: number;
  /** First frame that is still kept. */
  readonly first: number;
  /** @param samples At 16 kHz in [-1, 1]; the array is not kept. */
  push(samples: Float32Array): void;
  /**
   * A stretch as a log-mel of its own, with the floor under its own loudest frame. Behind the end of what has been heard
   * stands silence.
   *
   * @param from First frame, kept still.
   * @param to Behind the last frame; default all that has been heard.
   * @throws RecordError `not-finite` when a sample is NaN or infinite.
   */
  cut(from: number, to?: number): MelSpectrogram;
  /** Forgets the frames before `frame`, which need not be heard again. */
  forget(frame: number): void;
}

/** @param bands 80, or 128 for large-v3. */
export function createLogMelStream(bands: number): LogMelStream {
  const measure = melPowers(bands);
  const pair = new Float64Array(2 * bands);
  /** log10 of the powers, a frame after the other, from frame `first` on. */
  let rows = new Float32Array(0);
  let first = 0;
  /** Behind the last frame that is measured; even, because frames are measured in pairs. */
  let measured = 0;
  /** Samples from frame `heldFrom` on; two frames behind it none reaches before it. */
  let held = new Float32Array(0);
  let heldFrom = 0;
  let received = 0;

  /** Two frames from `frame` on, floored at 1e-10 and as logarithms, to `target`. */
  const measurePair = (frame: number, target: Float32Array, at: number): void => {
    measure(held, frame - heldFrom, pair);
    for (let i = 0; i < pair.length; i++) target[at + i] = Math.log10(Math.max(pair[i]!, 1e-10));
  };

  return {
    get frames() {
      return Math.floor(received / HOP);
    },
    get first() {
      return first;
    },
    push(samples) {
      const joined = new Float32Array(held.length + samples.length);
      joined.set(held);
      joined.set(samples, held.length);
      held = joined;
      received += samples.length;
      // A pair is certain when its second frame reaches no further than what has been heard.
      const certain = 2 * Math.floor(Math.max(0, Math.floor((received - FRAME_SIZE / 2) / HOP) + 1) / 2);
      if (certain <= measured) return;
      const grown = new Float32Array((certain - first) * bands);
      grown.set(rows);
      for (let frame = measured; frame < certain; frame += 2) measurePair(frame, grown, (frame - first) * bands);
      rows = grown;
      measured = certain;
      const needed = Math.max(heldFrom, measured - 2);
      held = held.slice((needed - heldFrom) * HOP);
      heldFrom = needed;
    },
    cut(from, to = Math.floor(received / HOP)) {
      if (from < first || to < from)
        throw new Error(`Frames ${from} to ${to} were asked for, and ${first} is the first.`);
      const frames = to - from;
      const missing = Math.max(0, to + TAIL_FRAMES - measured);
      const open = new Float32Array(2 * Math.ceil(missing / 2) * bands);
      for (let frame = measured; frame < to + TAIL_FRAMES; frame += 2) {
        measurePair(frame, open, (frame - measured) * bands);
      }
      const values = new Float32Array(bands * frames);
      const tail = new Float32Array(bands * TAIL_FRAMES);
      let loudest = -Infinity;
      for (let frame = from; frame < to + TAIL_FRAMES; frame++) {
        const isTail = frame >= to;
        const [source, row] = frame < measured ? [rows, frame - first] : [open, frame - measured];
        const [target, stride, column] = isTail ? [tail, TAIL_FRAMES, frame - to] : [values, frames, frame - from];
        for (let band = 0; band < bands; band++) {
          const value = source[row * bands + band]!;
          loudest = Math.max(loudest, value);
          target[band * stride + column] = value;
        }
      }
      if (!Number.isFinite(loudest)) {
        throw new RecordError('not-finite', 'The audio holds samples that are not numbers; mend its source.');
      }
      normalise(values, loudest - 8);
      normalise(tail, loudest - 8);
      return { values, tail, bands, frames };
    },
    forget(frame) {
      const from = Math.min(frame, measured);
      if (from <= first) return;
      rows = rows.slice((from - first) * bands);
      first = from;
    },
  };
}
