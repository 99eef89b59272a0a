/** Times in a stream that comes in chunks: where the next chunk should begin, and what is missing where it does not. */
import type { Gap, Origin } from '../records.ts';

/** Seconds by which a chunk may begin elsewhere than the one before it ended: clocks of devices jitter, and floats round. */
const TOLERANCE = 0.02;

/**
 * Audio that is missing between two chunks of a stream.
 *
 * @param expected Seconds from the beginning of the recording where the chunk before it ended; null for the first chunk.
 * @returns What the live edge lost, or what the source itself skipped; null where the chunk follows the one before.
 */
export function gapBefore({ start, gap }: Origin, expected: number | null): Gap | null {
  if (expected !== null && start - expected > TOLERANCE) {
    return { start: expected, duration: start - expected, records: gap?.records ?? 0 };
  }
  return gap ?? null;
}
