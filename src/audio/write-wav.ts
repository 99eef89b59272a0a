/** WAV files from samples: little-endian RIFF with the plain 44-byte header that every reader knows. */

export type WavEncoding = 'pcm16' | 'float32';

/**
 * 16-bit integers are rounded, not truncated, and clipped at full scale; a sample that is not a number becomes 0.
 *
 * @param channels Equally long arrays, full scale 1.
 * @param sampleRate Hz.
 */
export function writeWav(
  channels: readonly Float32Array[],
  sampleRate: number,
  encoding: WavEncoding = 'pcm16',
): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const bytesPerSample = encoding === 'pcm16' ? 2 : 4;
  const blockSize = bytesPerSample * channels.length;
  const bytes = new Uint8Array(HEADER_BYTES + frames * blockSize);
  bytes.set(wavHeader(sampleRate, frames, channels.length, encoding));
  const view = new DataView(bytes.buffer);

  for (const [channel, samples] of channels.entries()) {
    for (let frame = 0, at = HEADER_BYTES + channel * bytesPerSample; frame < frames; frame++, at += blockSize) {
      const sample = samples[frame] ?? 0;
      if (encoding === 'float32') view.setFloat32(at, sample, true);
      else view.setInt16(at, pcm16(sample), true);
    }
  }
  return bytes;
}

const HEADER_BYTES = 44;

/** The header of a file with so many frames behind it; 44 bytes. */
export function wavHeader(
  sampleRate: number,
  frames: number,
  channels = 1,
  encoding: WavEncoding = 'pcm16',
): Uint8Array {
  const bytesPerSample = encoding === 'pcm16' ? 2 : 4;
  const blockSize = bytesPerSample * channels;
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const letters = (text: string, at: number) => bytes.set(new TextEncoder().encode(text), at);

  letters('RIFF', 0);
  view.setUint32(4, HEADER_BYTES - 8 + frames * blockSize, true);
  letters('WAVEfmt ', 8);
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding === 'pcm16' ? 1 : 3, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * blockSize, true);
  view.setUint16(32, blockSize, true);
  view.setUint16(34, 8 * bytesPerSample, true);
  letters('data', 36);
  view.setUint32(40, frames * blockSize, true);
  return bytes;
}

/** A sample as a 16-bit integer: rounded, and clipped at full scale; what is not a number becomes 0. */
export function pcm16(sample: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(sample * 32768))) || 0;
}
