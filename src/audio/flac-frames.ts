/**
 * Where the frames of a FLAC stream begin and end (RFC 9639 section 9). The frame splitter that comes with the decoder
 * drops the last frame of some faultless files and all frames of 32 bits a sample, and passes over damage in silence;
 * here every byte is accounted for, and a frame's length is known before it is decoded.
 */
import { crc16Step, crc8 } from './crc.ts';
import { fourLetters } from './chunks.ts';

export interface FlacStreamInfo {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples a channel; 0 where the encoder did not know. */
  readonly frames: number;
}

export interface FlacFrame {
  readonly start: number;
  readonly end: number;
  /** Samples a channel. */
  readonly samples: number;
  readonly channels: number;
}

/** A stretch of bytes in which no whole frame was found; `toEnd` when nothing follows it. */
export interface FlacDamage {
  readonly start: number;
  readonly toEnd: boolean;
}

interface FrameHeader {
  readonly samples: number;
  readonly channels: number;
  /** Bytes. */
  readonly size: number;
}

/** The first metadata block, which must be STREAMINFO (section 8.2); undefined where it is not. */
export function readStreamInfo(bytes: Uint8Array, magic: number): FlacStreamInfo | undefined {
  const at = magic + 8;
  if (at + 34 > bytes.length || ((bytes[magic + 4] ?? 0) & 0x7f) !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 34);
  const packed = view.getUint32(10);
  return {
    sampleRate: packed >>> 12,
    channels: ((packed >> 9) & 7) + 1,
    bits: ((packed >> 4) & 31) + 1,
    frames: (packed & 15) * 2 ** 32 + view.getUint32(14),
  };
}

/** Byte place behind the metadata blocks. */
export function afterMetadata(bytes: Uint8Array, magic: number): number {
  let at = magic + 4;
  while (at + 4 <= bytes.length) {
    const [kind = 0, high = 0, middle = 0, low = 0] = bytes.subarray(at, at + 4);
    at += 4 + (high << 16) + (middle << 8) + low;
    if (kind & 0x80) break;
  }
  return Math.min(at, bytes.length);
}

/** Whole frames, checked by both of their checks, and the damage between them. */
export function* flacFrames(
  bytes: Uint8Array,
  offset: number,
  info: FlacStreamInfo,
): Generator<FlacFrame | FlacDamage> {
  let at = offset;
  while (at < bytes.length && !isTrailer(bytes, at)) {
    const header = frameHeaderAt(bytes, at);
    const end = header && frameEnd(bytes, at, header, info);
    if (end !== undefined) {
      yield { start: at, end, samples: header?.samples ?? 0, channels: header?.channels ?? 0 };
      at = end;
    } else {
      const start = at;
      do at++;
      while (at < bytes.length && !isTrailer(bytes, at) && !frameHeaderAt(bytes, at));
      yield { start, toEnd: at >= bytes.length || isTrailer(bytes, at) };
    }
  }
}

/** Tags of other formats that players hang on to the end. */
function isTrailer(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x54 && bytes[at] !== 0x41) return false;
  const letters = fourLetters(bytes, at);
  return (letters.startsWith('TAG') && at === bytes.length - 128) || letters === 'APET';
}

/** A frame ends where the check over all of it comes out as 0 and a frame, a tag or nothing follows. */
function frameEnd(bytes: Uint8Array, start: number, header: FrameHeader, info: FlacStreamInfo): number | undefined {
  const largest = header.size + 2 + header.channels * (8 + Math.ceil((header.samples * (info.bits + 1)) / 8));
  const last = Math.min(bytes.length, start + largest);
  let crc = 0;
  for (let at = start; at < last;) {
    crc = crc16Step(crc, bytes[at++] ?? 0);
    if (crc !== 0 || at < start + header.size + 3) continue;
    if (at === bytes.length || isTrailer(bytes, at) || frameHeaderAt(bytes, at)) return at;
  }
  return undefined;
}

/** Section 9.1. Undefined unless the header's own check is right. */
function frameHeaderAt(bytes: Uint8Array, at: number): FrameHeader | undefined {
  if (bytes[at] !== 0xff || ((bytes[at + 1] ?? 0) & 0xfe) !== 0xf8 || at + 6 > bytes.length) return undefined;
  const [codes = 0, layout = 0, number = 0] = bytes.subarray(at + 2, at + 5);
  const blockCode = codes >> 4;
  const rateCode = codes & 15;
  const channelCode = layout >> 4;
  const bitsCode = (layout >> 1) & 7;
  if (blockCode === 0 || rateCode === 15 || channelCode > 10 || bitsCode === 3 || layout & 1) return undefined;

  // The frame's number is written as UTF-8 writes a character, in up to 7 bytes.
  const leadingOnes = Math.clz32(~(number << 24));
  if (leadingOnes === 1 || leadingOnes > 7) return undefined;
  let next = at + 4 + Math.max(1, leadingOnes);
  let samples = blockCode === 1 ? 192 : blockCode < 6 ? 144 << blockCode : 1 << blockCode;
  if (blockCode === 6) samples = 1 + (bytes[next++] ?? 0);
  if (blockCode === 7) samples = 1 + 256 * (bytes[next++] ?? 0) + (bytes[next++] ?? 0);
  next += rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  if (next >= bytes.length || samples > 65_535 || crc8(bytes, at, next) !== bytes[next]) return undefined;
  const channels = channelCode < 8 ? channelCode + 1 : 2;
  return { samples, channels, size: next + 1 - at };
}
