/** Recordings joined as if said in one breath. */

/** Seconds over which one part fades out and the next fades in at a join. */
const FADE = 0.01;
/** Seconds of quiet that are left at either end of a part. */
const ROOM = 0.03;
/** What is so far below the loudest stretch is quiet, as a ratio of powers (35 dB). */
const QUIET = 10 ** -3.5;
/** Seconds of the stretches. */
const STRETCH = 0.01;

/** Without the quiet at the beginning and the end; a copy. A part that is all quiet stays as it is. */
export function withoutQuietEnds(samples: Float32Array, sampleRate: number): Float32Array {
  const width = Math.max(1, Math.round(STRETCH * sampleRate));
  const powers: number[] = [];
  for (let start = 0; start < samples.length; start += width) {
    const stretch = samples.subarray(start, start + width);
    powers.push(stretch.reduce((sum, sample) => sum + sample * sample, 0) / stretch.length);
  }
  const least = QUIET * Math.max(0, ...powers);
  const loud = (power: number): boolean => power > least;
  const first = powers.findIndex(loud);
  if (first < 0) return samples.slice();
  const room = Math.round(ROOM * sampleRate);
  const from = Math.max(0, first * width - room);
  const to = Math.min(samples.length, (powers.findLastIndex(loud) + 1) * width + room);
  return samples.slice(from, to);
}

/**
 * The parts one after the other: quiet ends taken away, all as loud as the first, a pause at every join.
 * @param pauses Seconds of silence at each join.
 */
export function spliced(parts: readonly Float32Array[], pauses: readonly number[], sampleRate: number): Float32Array {
  const trimmed = parts.map((part) => withoutQuietEnds(part, sampleRate));
  const wanted = level(trimmed[0] ?? new Float32Array(0));
  const pieces: Float32Array[] = [];
  trimmed.forEach((part, at) => {
    if (at > 0) pieces.push(new Float32Array(Math.round((pauses[at - 1] ?? 0) * sampleRate)));
    const own = level(part);
    const factor = own === 0 || wanted === 0 ? 1 : wanted / own;
    pieces.push(faded(part, factor, Math.round(FADE * sampleRate), at > 0, at < trimmed.length - 1));
  });
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Scaled, and faded at the ends where it is joined, so that no join clicks. */
function faded(part: Float32Array, factor: number, fade: number, atStart: boolean, atEnd: boolean): Float32Array {
  return part.map((sample, n) => {
    const rise = atStart ? Math.min(1, (n + 1) / fade) : 1;
    const fall = atEnd ? Math.min(1, (part.length - n) / fade) : 1;
    return sample * factor * rise * fall;
  });
}

/** Root of the mean square. */
function level(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
}
