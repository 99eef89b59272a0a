/** The audio of an utterance as a data address, so that a page has it without any other file. */
import { DEFAULT_DECODE_OPTIONS } from '../audio/decode.ts';
import { cut, readRecording } from '../audio/recordings.ts';
import { resample } from '../audio/resampler.ts';
import { writeWav } from '../audio/write-wav.ts';
import { RecordError } from '../errors.ts';
import type { Origin } from '../records.ts';

/** Hz: what the recogniser heard. */
const SAMPLE_RATE = 16_000;

/** Either an address, or the reason why there is none. */
export type Clip = { readonly address: string } | { readonly missing: string };

/**
 * Gives clips in the order in which they are asked for, until `bytes` of audio have been given.
 * @param longest Seconds; of a longer utterance only the beginning is heard.
 */
export function clipReader(bytes: number, longest: number): (origin: Origin) => Promise<Clip> {
  let left = bytes;
  return async ({ path, start, duration }) => {
    const seconds = Math.min(duration, longest);
    const size = 44 + 2 * Math.ceil(seconds * SAMPLE_RATE);
    if (size > left) return { missing: 'the audio of this page would be too large; raise --audio' };
    try {
      const recording = await readRecording(path, { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: 0 });
      const samples = cut(recording, path, start, seconds);
      const wav = writeWav([resample(samples, recording.sampleRate, SAMPLE_RATE)], SAMPLE_RATE);
      left -= wav.byteLength;
      return { address: `data:audio/wav;base64,${Buffer.from(wav).toString('base64')}` };
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return { missing: error.message };
    }
  };
}
