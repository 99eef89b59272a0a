/** Sun and NeXT audio files (`.au`, `.snd`): a big-endian header of 24 bytes or more, then samples. */
import { RecordError } from '../errors.ts';
import { checkClaim, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readPcm, type PcmEncoding } from './pcm.ts';

const STREAMED = 0xffffffff;

/** Encoding number of the header -> encoding, bytes a sample. */
const ENCODINGS: Readonly<Record<number, readonly [PcmEncoding, number]>> = {
  1: ['mu-law', 1],
  2: ['signed', 1],
  3: ['signed', 2],
  4: ['signed', 3],
  5: ['signed', 4],
  6: ['float', 4],
  7: ['float', 8],
  27: ['a-law', 1],
};

/** @throws RecordError `bad-header`, `unsupported-codec` (which ffmpeg may know), `truncated-data`, `too-long`. */
export function readAu(bytes: Uint8Array, path: string, limits: DecodeLimits): DecodedAudio {
  if (bytes.length < 24) {
    throw new RecordError(
      'bad-header',
      `${path}: ends at byte ${bytes.length}, within the AU header; copy the file again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = view.getUint32(4);
  const size = view.getUint32(8);
  const code = view.getUint32(12);
  const sampleRate = view.getUint32(16);
  const channels = view.getUint32(20);
  checkClaim(path, sampleRate, channels, 0, Infinity);
  const known = ENCODINGS[code];
  if (!known) throw new RecordError('unsupported-codec', `${path}: the AU header names encoding ${code} at byte 12`);
  if (offset < 24 || offset > bytes.length) {
    throw new RecordError(
      'bad-header',
      `${path}: the AU header says that samples begin at byte ${offset} of ${bytes.length}; copy the file again.`,
    );
  }
  const [encoding, bytesPerSample] = known;
  const stride = bytesPerSample * channels;
  const there = Math.floor((bytes.length - offset) / stride);
  const claimed = size === STREAMED ? there : Math.floor(size / stride);
  const frames = Math.min(there, claimed);
  checkClaim(path, sampleRate, channels, frames, limits.maxSeconds);
  if (frames < claimed)
    refuseTruncated(path, `the AU header claims ${claimed} frames and the file ends after ${frames}`, limits);
  const data = bytes.subarray(offset, offset + frames * stride);
  return { channels: readPcm(data, { encoding, bytesPerSample, littleEndian: false, channels }), sampleRate };
}
