/**
 * The guard around node-wav, which reads plain files rightly and much else wrongly (0.0.2:
 * it reads past truncated data into other memory, allocates what headers claim, and divides positive samples by 32767).
 * It is given a file only when our own header reader found nothing in it that node-wav fails on: little-endian RIFF, a
 * 44-byte header, 16-bit integers or 32-bit floats, all samples present; and it is given a copy that ends with them.
 */
import nodeWav from 'node-wav';
import { fourLetters } from './chunks.ts';
import type { WavHeader } from './wav-header.ts';

const PLAIN_HEADER_BYTES = 44;
const INTEGER = 1;
const FLOAT = 3;

/**
 * @param frames How many frames of samples the file really has.
 * @returns channels x frames, or undefined for a file that our own reader must read.
 */
export function readPlainWav(bytes: Uint8Array, header: WavHeader, frames: number): Float32Array[] | undefined {
  const { encoding, bytesPerSample, bits, channels, dataOffset } = header;
  if (fourLetters(bytes, 0) !== 'RIFF' || dataOffset !== PLAIN_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, PLAIN_HEADER_BYTES);
  const codec = view.getUint16(20, true);
  const integers = codec === INTEGER && encoding === 'signed' && bytesPerSample === 2 && bits === 16;
  const floats = codec === FLOAT && bytesPerSample === 4;
  const size = frames * bytesPerSample * channels;
  // The size as it is written, which node-wav believes, and not the true one of a streamed recording.
  if (!(integers || floats) || view.getUint32(40, true) !== size) return undefined;

  // A copy of its own memory, since node-wav looks at the whole ArrayBuffer behind a view.
  const { channelData } = nodeWav.decode(
    Buffer.from(Uint8Array.from(bytes.subarray(0, PLAIN_HEADER_BYTES + size)).buffer),
  );
  const samples = [...channelData];
  if (integers) for (const channel of samples) undoUnevenScale(channel);
  return samples;
}

/** node-wav divides positive samples by 32767 and negative ones by 32768; this brings all to 32768, exactly. */
function undoUnevenScale(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    if (sample > 0) samples[i] = Math.round(sample * 32767) / 32768;
  }
}
