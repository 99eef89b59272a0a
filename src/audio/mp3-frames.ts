/**
 * The frame headers of MPEG audio (ISO 11172-3 and 13818-3), read to know an MP3 by its content, to know how long it is
 * before it is decoded, and whether its end is missing.
 */
import { fourLetters } from './chunks.ts';

export interface Mp3Frame {
  readonly offset: number;
  /** Bytes, header included; the last frame of a cut file reaches beyond its end. */
  readonly size: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Samples a channel. */
  readonly samples: number;
}

/** kbit/s by row (MPEG 1 layers 1 to 3, MPEG 2 layer 1, MPEG 2 layers 2 and 3) and index 1 to 14. */
const BIT_RATES = [
  [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const SAMPLE_RATES = [44_100, 48_000, 32_000];

/** How far into a file, or behind its tags, the first frame is looked for. */
const SEARCHED_BYTES = 65_536;

/** The frame whose header stands at `offset`, if there is one. */
export function mp3FrameAt(bytes: Uint8Array, offset: number): Mp3Frame | undefined {
  if (offset + 4 > bytes.length) return undefined;
  const [sync = 0, kind = 0, rates = 0, modes = 0] = bytes.subarray(offset, offset + 4);
  const version = (kind >> 3) & 3; // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const layer = 4 - ((kind >> 1) & 3); // 4 is not a layer
  const bitRateIndex = rates >> 4;
  const rateIndex = (rates >> 2) & 3;
  if (sync !== 0xff || kind >> 5 !== 7 || version === 1 || layer === 4) return undefined;
  if (bitRateIndex === 0 || bitRateIndex === 15 || rateIndex === 3) return undefined;
  const row = version === 3 ? layer - 1 : layer === 1 ? 3 : 4;
  const bitRate = 1000 * (BIT_RATES[row]?.[bitRateIndex - 1] ?? 0);
  const sampleRate = (SAMPLE_RATES[rateIndex] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const samples = layer === 1 ? 384 : layer === 3 && version !== 3 ? 576 : 1152;
  const padding = (rates >> 1) & 1;
  const size =
    layer === 1
      ? 4 * (Math.floor((12 * bitRate) / sampleRate) + padding)
      : Math.floor(((samples / 8) * bitRate) / sampleRate) + padding;
  return { offset, size, sampleRate, channels: modes >> 6 === 3 ? 1 : 2, samples };
}

/** Byte place behind the ID3v2 tags at the beginning of the file. */
export function afterId3(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x49 && bytes[at + 1] === 0x44 && bytes[at + 2] === 0x33 && at + 10 <= bytes.length) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at + 6, at + 10);
    const footer = (bytes[at + 5] ?? 0) & 0x10 ? 10 : 0;
    at += 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127) + footer;
  }
  return Math.min(at, bytes.length);
}

/**
 * The first frame that is followed by another of the same rate, or that ends with the file. Eleven set bits alone
 * are in any file of noise.
 */
export function firstMp3Frame(bytes: Uint8Array): Mp3Frame | undefined {
  const start = afterId3(bytes);
  for (let at = start; at < Math.min(start + SEARCHED_BYTES, bytes.length); at++) {
    if (bytes[at] !== 0xff) continue;
    const frame = mp3FrameAt(bytes, at);
    if (!frame) continue;
    if (announcedFrames(bytes, frame) !== undefined) return frame;
    let next = at + frame.size;
    let followers = 0;
    while (followers < 3 && mp3FrameAt(bytes, next)?.sampleRate === frame.sampleRate) {
      next += mp3FrameAt(bytes, next)?.size ?? 0;
      followers++;
    }
    const onlyFrames = at === start && followers > 0 && next + 4 > bytes.length;
    if (followers === 3 || onlyFrames || (at === start && next === bytes.length)) return frame;
  }
  return undefined;
}

/** All frames one behind the other; damaged stretches between them are passed over, as decoders do. */
export function* mp3Frames(bytes: Uint8Array, first: Mp3Frame): Generator<Mp3Frame> {
  let at = first.offset;
  while (at + 4 <= bytes.length) {
    const frame = bytes[at] === 0xff ? mp3FrameAt(bytes, at) : undefined;
    if (frame?.sampleRate === first.sampleRate) {
      yield frame;
      at += frame.size;
    } else {
      at++;
    }
  }
}

/** Frames behind the first one, as the Xing or Info header that encoders put into it says. */
export function announcedFrames(bytes: Uint8Array, first: Mp3Frame): number | undefined {
  const mpeg1 = first.samples === 1152;
  const sideInfo = mpeg1 ? (first.channels === 1 ? 17 : 32) : first.channels === 1 ? 9 : 17;
  const at = first.offset + 4 + sideInfo;
  const name = fourLetters(bytes, at);
  if ((name !== 'Xing' && name !== 'Info') || at + 12 > bytes.length || !((bytes[at + 7] ?? 0) & 1)) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset + at + 8, 4).getUint32(0);
}
