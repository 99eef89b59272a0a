/** A recording that plays: each chunk is given when it would have been heard. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recording } from './recordings.ts';

/**
 * @param pace 1 plays as fast as it was spoken, 2 twice as fast; null gives all at once.
 * @param chunkSeconds Length of what is given at a time; the last chunk is shorter.
 * @param signal Ends it.
 */
export async function* playRecording(
  { samples, sampleRate }: Recording,
  pace: number | null,
  chunkSeconds: number,
  signal: AbortSignal,
): AsyncGenerator<Float32Array> {
  const size = Math.max(1, Math.round(chunkSeconds * sampleRate));
  const began = performance.now();
  for (let at = 0; at < samples.length && !signal.aborted; at += size) {
    const chunk = samples.slice(at, at + size);
    if (pace !== null) {
      const due = began + ((at + chunk.length) / sampleRate / pace) * 1000;
      // A timer may fire a little early.
      for (let now = performance.now(); now < due; now = performance.now()) {
        try {
          await sleep(due - now, undefined, { signal });
        } catch {
          return;
        }
      }
    }
    yield chunk;
  }
}
