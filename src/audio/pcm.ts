/**
 * Uncompressed samples to floats, for every container that stores them. Integers are divided by half their range
 * (32768 for 16 bits) on both sides of zero, as FLAC decoders and libsndfile do, so that the same recording gives the
 * same numbers whatever it is packed in. Samples of fewer bits than their container stand at its upper end (WAVE and
 * AIFF agree on that), so the container's scale holds for them too.
 */

export type PcmEncoding = 'unsigned' | 'signed' | 'float' | 'a-law' | 'mu-law';

export interface PcmLayout {
  readonly encoding: PcmEncoding;
  /** Bytes a sample takes: 1 to 8 for integers, 4 or 8 for floats, 1 for the two laws. */
  readonly bytesPerSample: number;
  readonly littleEndian: boolean;
  readonly channels: number;
}

/**
 * Interleaved bytes to one array a channel; an incomplete frame at the end is left out.
 *
 * @returns channels x frames.
 */
export function readPcm(data: Uint8Array, layout: PcmLayout): Float32Array[] {
  const { bytesPerSample, channels } = layout;
  const stride = bytesPerSample * channels;
  const frames = Math.floor(data.length / stride);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const read = sampleReader(view, layout);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let frame = 0, at = channel * bytesPerSample; frame < frames; frame++, at += stride) samples[frame] = read(at);
    return samples;
  });
}

function sampleReader(view: DataView, { encoding, bytesPerSample, littleEndian }: PcmLayout): (at: number) => number {
  if (encoding === 'float') {
    if (bytesPerSample === 8) return (at) => view.getFloat64(at, littleEndian);
    return (at) => view.getFloat32(at, littleEndian);
  }
  if (encoding === 'a-law') return (at) => aLaw(view.getUint8(at));
  if (encoding === 'mu-law') return (at) => muLaw(view.getUint8(at));
  if (encoding === 'unsigned') return (at) => (view.getUint8(at) - 128) / 128;
  switch (bytesPerSample) {
    case 1:
      return (at) => view.getInt8(at) / 128;
    case 2:
      return (at) => view.getInt16(at, littleEndian) / 32768;
    case 4:
      return (at) => view.getInt32(at, littleEndian) / 2147483648;
  }
  // 24, 40, 48, 56 and 64 bits: the highest byte carries the sign, each lower one a 256th of the one above.
  const highest = littleEndian ? bytesPerSample - 1 : 0;
  const step = littleEndian ? -1 : 1;
  return (at) => {
    let value = view.getInt8(at + highest) / 128;
    for (let byte = 1, weight = 1 / 32768; byte < bytesPerSample; byte++, weight /= 256) {
      value += view.getUint8(at + highest + step * byte) * weight;
    }
    return value;
  };
}

/** ITU-T G.711 A-law, 13 bits of the 16-bit scale. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (code & 0x80 ? magnitude : -magnitude) / 32768;
}

/** ITU-T G.711 mu-law, 14 bits of the 16-bit scale. */
function muLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132;
  return (code & 0x80 ? -magnitude : magnitude) / 32768;
}
