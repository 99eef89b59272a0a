/** Audio as clients send it: bytes to samples, nothing believed. */
import { RequestError } from './request-error.ts';
import type { StartMessage } from './messages.ts';

/** Loudest sample that is taken; some programs overshoot 1 a little. */
const LOUDEST = 16;

/**
 * Samples of one message, in [-1, 1].
 * @throws RequestError `malformed_audio` when bytes are left over or a sample is no number.
 */
export function samplesOf(bytes: Buffer, encoding: StartMessage['encoding']): Int16Array | Float32Array {
  const width = encoding === 'pcm16' ? 2 : 4;
  if (bytes.length % width !== 0) {
    throw malformed(`a message of ${bytes.length} bytes, which are no whole samples of ${width} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length / width;
  if (encoding === 'pcm16') return Int16Array.from({ length }, (_, i) => view.getInt16(2 * i, true));
  const samples = Float32Array.from({ length }, (_, i) => view.getFloat32(4 * i, true));
  if (!samples.every((sample) => Math.abs(sample) <= LOUDEST))
    throw malformed('samples far outside of -1 to 1, or none');
  return samples;
}

function malformed(what: string): RequestError {
  return new RequestError(400, 'malformed_audio', `The audio has ${what}; send it as "start" declared.`);
}

/**
 * How long a client should be made to wait: audio comes as it is spoken, and who sends a file at once is slowed down to
 * that pace, as nobody's file shall take the processors from those who speak.
 */
export interface Pace {
  /** Notes audio that came. @returns Milliseconds for which nothing more should be read; 0 for none. */
  heard(seconds: number): number;
  /** Seconds of audio by now. */
  readonly audioSeconds: number;
}

/** Seconds that audio may be ahead of the clock, as it is behind a network that was stuck for a moment. */
const MOST_AHEAD = 3;

/** @param now Milliseconds; a session begins with its first call. */
export function openPace(now: () => number): Pace {
  const began = now();
  let audioSeconds = 0;
  return {
    heard(seconds) {
      audioSeconds += seconds;
      const ahead = audioSeconds - (now() - began) / 1000;
      return ahead <= MOST_AHEAD ? 0 : Math.ceil(1000 * (ahead - MOST_AHEAD / 2));
    },
    get audioSeconds() {
      return audioSeconds;
    },
  };
}
