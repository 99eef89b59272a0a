/** What the header of a WAV file says, in any of the family's forms: sizes that lie or were never written are expected. */
import { RecordError } from '../errors.ts';
import { chunks, fourLetters } from './chunks.ts';
import { checkClaim } from './decoded-audio.ts';
import type { PcmEncoding, PcmLayout } from './pcm.ts';

const INTEGER = 0x0001;
const FLOAT = 0x0003;
const A_LAW = 0x0006;
const MU_LAW = 0x0007;
const EXTENSIBLE = 0xfffe;

/** sox and arecord write sizes from here up when they cannot know the length; ffmpeg writes 0xFFFFFFFF. */
const UNKNOWN_SIZE = 0x7ffff000;

/** What the header of a WAV file says, checked against the file. */
export interface WavHeader extends PcmLayout {
  /** Hz. */
  readonly sampleRate: number;
  /** Bits of each sample that are used. */
  readonly bits: number;
  /** Byte place of the first sample. */
  readonly dataOffset: number;
  /** Bytes of samples, as the header claims. */
  readonly dataSize: number;
}

/** Finds the `fmt ` and the `data` chunk, in whichever order they stand. */
export function readWavHeader(bytes: Uint8Array, path: string): WavHeader {
  const riff = fourLetters(bytes, 0);
  const littleEndian = riff !== 'RIFX';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12)
    throw new RecordError(
      'bad-header',
      `${path}: ends at byte ${bytes.length}, within the WAV header; copy the file again.`,
    );
  const riffSize = view.getUint32(4, littleEndian);

  let dataSize64: number | undefined;
  const sizeOf = (id: string, size: number, offset: number): number => {
    if (id !== 'data') return size;
    if (dataSize64 !== undefined && size === 0xffffffff) return dataSize64;
    const rest = bytes.length - offset;
    const streamed =
      size === 0 ? riffSize + 8 <= offset || riffSize >= UNKNOWN_SIZE : size >= UNKNOWN_SIZE && size > rest;
    return streamed ? rest : size;
  };

  let format: ReturnType<typeof readFormat> | undefined;
  let data: { offset: number; size: number } | undefined;
  for (const { id, offset, size } of chunks(bytes, 12, littleEndian, sizeOf)) {
    if (id === 'ds64' && size >= 16 && offset + 16 <= bytes.length) {
      const claimed = Number(view.getBigUint64(offset + 8, littleEndian));
      dataSize64 = claimed === 0 ? undefined : claimed;
    }
    if (id === 'fmt ' && !format) {
      if (size < 16 || offset + Math.min(size, 40) > bytes.length) {
        throw new RecordError(
          'bad-header',
          `${path}: the "fmt " chunk at byte ${offset - 8} is cut short; copy the file again.`,
        );
      }
      format = readFormat(view, path, offset, size, littleEndian);
    }
    if (id === 'data' && !data) data = { offset, size };
    if (format && data) return { ...format, dataOffset: data.offset, dataSize: data.size };
  }
  const missing = format ? 'data' : 'fmt ';
  throw new RecordError(
    'bad-header',
    `${path}: has no "${missing}" chunk in its ${bytes.length} bytes; the file was cut short or damaged, copy it again.`,
  );
}

function readFormat(view: DataView, path: string, at: number, size: number, littleEndian: boolean) {
  const tag = view.getUint16(at, littleEndian);
  const channels = view.getUint16(at + 2, littleEndian);
  const sampleRate = view.getUint32(at + 4, littleEndian);
  const blockSize = view.getUint16(at + 12, littleEndian);
  const bits = view.getUint16(at + 14, littleEndian);
  checkClaim(path, sampleRate, channels, 0, Infinity);

  // The first field of the extensible format's identifier is the tag that a plain format would carry.
  const codec = tag === EXTENSIBLE && size >= 40 ? view.getUint32(at + 24, littleEndian) : tag;
  const encoding = encodingOf(codec, bits);
  if (!encoding) {
    throw new RecordError(
      'unsupported-codec',
      `${path}: the "fmt " chunk at byte ${at - 8} names codec 0x${codec.toString(16).padStart(4, '0')} with ${bits} bits, which is not PCM, float, A-law or mu-law`,
    );
  }
  const bytesPerSample = blockSize / channels;
  const right = Number.isInteger(bytesPerSample) && bytesPerSample * 8 >= bits && bytesPerSample <= 8;
  const exact = encoding === 'signed' || bytesPerSample * 8 === bits || bits < 8;
  if (!right || !exact || bytesPerSample === 0) {
    throw new RecordError(
      'bad-header',
      `${path}: the "fmt " chunk at byte ${at - 8} says ${channels} channels of ${bits} bits in blocks of ${blockSize} bytes, which do not fit; write the file again from its source.`,
    );
  }
  return { encoding, bytesPerSample, bits, littleEndian, channels, sampleRate };
}

function encodingOf(codec: number, bits: number): PcmEncoding | undefined {
  if (codec === INTEGER && bits >= 1 && bits <= 8) return 'unsigned';
  if (codec === INTEGER && bits <= 64 && bits > 8) return 'signed';
  if (codec === FLOAT && (bits === 32 || bits === 64)) return 'float';
  if (codec === A_LAW && bits === 8) return 'a-law';
  if (codec === MU_LAW && bits === 8) return 'mu-law';
  return undefined;
}
