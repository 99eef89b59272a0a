/** AIFF and AIFF-C: big-endian chunks, samples as integers, floats, A-law or mu-law (Apple, AIFF-C draft of 1991). */
import { RecordError } from '../errors.ts';
import { chunks, fourLetters, type Chunk } from './chunks.ts';
import { checkClaim, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readPcm, type PcmLayout } from './pcm.ts';

/** @throws RecordError `bad-header`, `unsupported-codec` (which ffmpeg may know), `truncated-data`, `too-long`. */
export function readAiff(bytes: Uint8Array, path: string, limits: DecodeLimits): DecodedAudio {
  const found = new Map<string, Chunk>();
  for (const chunk of chunks(bytes, 12, false)) if (!found.has(chunk.id)) found.set(chunk.id, chunk);
  const common = found.get('COMM');
  const sound = found.get('SSND');
  if (!common || common.size < 18 || common.offset + Math.min(common.size, 22) > bytes.length) {
    throw new RecordError(
      'bad-header',
      `${path}: has no whole "COMM" chunk in its ${bytes.length} bytes; copy the file again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const channels = view.getUint16(common.offset);
  const claimed = view.getUint32(common.offset + 2);
  const bits = view.getUint16(common.offset + 6);
  const sampleRate = readExtended(view, common.offset + 8);
  const codec = fourLetters(bytes, 8) === 'AIFC' && common.size >= 22 ? fourLetters(bytes, common.offset + 18) : 'NONE';
  checkClaim(path, sampleRate, channels, 0, Infinity);
  const layout = layoutOf(codec, bits, channels);
  if (!layout) {
    throw new RecordError(
      'unsupported-codec',
      `${path}: the "COMM" chunk at byte ${common.offset - 8} names codec "${codec}" with ${bits} bits`,
    );
  }
  if (claimed > 0 && (!sound || sound.size < 8 || sound.offset + 8 > bytes.length)) {
    throw new RecordError(
      'bad-header',
      `${path}: has no whole "SSND" chunk in its ${bytes.length} bytes; copy the file again.`,
    );
  }
  const start = sound ? sound.offset + 8 + view.getUint32(sound.offset) : bytes.length;
  const stride = layout.bytesPerSample * channels;
  const frames = Math.min(claimed, Math.max(0, Math.floor((bytes.length - start) / stride)));
  checkClaim(path, sampleRate, channels, frames, limits.maxSeconds);
  if (frames < claimed) {
    refuseTruncated(
      path,
      `the "COMM" chunk at byte ${common.offset - 8} claims ${claimed} frames and the file ends after ${frames}`,
      limits,
    );
  }
  return { channels: readPcm(bytes.subarray(start, start + frames * stride), layout), sampleRate };
}

function layoutOf(codec: string, bits: number, channels: number): PcmLayout | undefined {
  const bytesPerSample = Math.ceil(bits / 8);
  const integer = bytesPerSample >= 1 && bytesPerSample <= 4;
  const layout = { bytesPerSample, littleEndian: false, channels };
  if (codec === 'NONE' || codec === 'twos' || codec === 'in24' || codec === 'in32') {
    return integer ? { ...layout, encoding: 'signed' } : undefined;
  }
  if (codec === 'sowt') return integer ? { ...layout, encoding: 'signed', littleEndian: true } : undefined;
  if (codec === 'raw ' && bits <= 8) return { ...layout, encoding: 'unsigned', bytesPerSample: 1 };
  if (/^fl32$/i.test(codec)) return { ...layout, encoding: 'float', bytesPerSample: 4 };
  if (/^fl64$/i.test(codec)) return { ...layout, encoding: 'float', bytesPerSample: 8 };
  if (/^alaw$/i.test(codec)) return { ...layout, encoding: 'a-law', bytesPerSample: 1 };
  if (/^ulaw$/i.test(codec)) return { ...layout, encoding: 'mu-law', bytesPerSample: 1 };
  return undefined;
}

/** The 80-bit float in which AIFF stores its rate: 15 bits of exponent, 64 of mantissa with its leading one. */
function readExtended(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16383;
  return Number(view.getBigUint64(at + 2)) * 2 ** (exponent - 63);
}
