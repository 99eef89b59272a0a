/** NIST SPHERE files (`.sph`, LDC corpora): a text header, then plain samples. Shorten-compressed ones go to ffmpeg. */
import { RecordError } from '../errors.ts';
import { checkClaim, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readPcm, type PcmEncoding } from './pcm.ts';

const ENCODINGS: Readonly<Record<string, PcmEncoding>> = {
  pcm: 'signed',
  alaw: 'a-law',
  ulaw: 'mu-law',
  'mu-law': 'mu-law',
};

/** @throws RecordError `bad-header`, `unsupported-codec` (which ffmpeg may know), `truncated-data`, `too-long`. */
export function readSphere(bytes: Uint8Array, path: string, limits: DecodeLimits): DecodedAudio {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 65_536));
  const offset = Number(text.slice(8, 16));
  const fields = new Map(
    [...text.slice(0, offset).matchAll(/^(\w+) -\w+ (\S+)/gm)].map((match) => [match[1], match[2] ?? '']),
  );
  const number = (name: string, otherwise: number) => Number(fields.get(name) ?? otherwise);
  const channels = number('channel_count', 1);
  const sampleRate = number('sample_rate', NaN);
  const bytesPerSample = number('sample_n_bytes', 2);
  if (
    !(offset >= 16 && offset <= bytes.length) ||
    !Number.isInteger(channels) ||
    !(bytesPerSample >= 1 && bytesPerSample <= 4)
  ) {
    throw new RecordError('bad-header', `${path}: the SPHERE header is damaged or cut short; copy the file again.`);
  }
  checkClaim(path, sampleRate, channels, 0, Infinity);
  const coding = fields.get('sample_coding') ?? 'pcm';
  const encoding = ENCODINGS[coding];
  if (!encoding || !Number.isInteger(bytesPerSample) || (encoding !== 'signed' && bytesPerSample !== 1)) {
    throw new RecordError(
      'unsupported-codec',
      `${path}: the SPHERE header names coding "${coding}" with ${bytesPerSample} bytes a sample`,
    );
  }
  const stride = bytesPerSample * channels;
  const there = Math.floor((bytes.length - offset) / stride);
  const claimed = number('sample_count', there);
  const frames = Math.min(there, claimed);
  if (!(frames >= 0))
    throw new RecordError('bad-header', `${path}: the SPHERE header has no usable sample_count; copy the file again.`);
  checkClaim(path, sampleRate, channels, frames, limits.maxSeconds);
  if (frames < claimed)
    refuseTruncated(path, `the SPHERE header claims ${claimed} frames and the file ends after ${frames}`, limits);
  const littleEndian = fields.get('sample_byte_format') !== '10';
  const data = bytes.subarray(offset, offset + Math.floor(frames) * stride);
  return { channels: readPcm(data, { encoding, bytesPerSample, littleEndian, channels }), sampleRate };
}
