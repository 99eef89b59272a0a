/** Raw PCM that comes in pieces of any sizes, as from standard input. */
import { readPcm } from './pcm.ts';

/** How raw bytes are to be read: signed 16-bit integers, the lower byte first, channels side by side. */
export interface RawFormat {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
}

const BYTES = 2;

/**
 * The mean of all channels, in chunks of `chunkSeconds`; the last is shorter. An incomplete frame at the end is left out.
 *
 * @param bytes Pieces need not end where a sample ends.
 */
export async function* readRawStream(
  bytes: AsyncIterable<Uint8Array>,
  { sampleRate, channels }: RawFormat,
  chunkSeconds: number,
): AsyncGenerator<Float32Array> {
  const stride = BYTES * channels;
  const size = stride * Math.max(1, Math.round(chunkSeconds * sampleRate));
  let held: Uint8Array = new Uint8Array(0);
  for await (const piece of bytes) {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    while (held.length >= size) {
      yield mean(held.subarray(0, size), channels);
      held = held.subarray(size);
    }
  }
  if (held.length >= stride) yield mean(held, channels);
}

function mean(data: Uint8Array, channels: number): Float32Array {
  const layout = { encoding: 'signed', bytesPerSample: BYTES, littleEndian: true, channels } as const;
  const [first = new Float32Array(0), ...others] = readPcm(data, layout);
  if (others.length === 0) return first;
  return first.map((sample, frame) => others.reduce((sum, other) => sum + other[frame]!, sample) / channels);
}
