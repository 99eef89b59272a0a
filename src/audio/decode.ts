/** Any audio file to samples, by what the file is and not by what it is called. */
import { RecordError } from '../errors.ts';
import { readAiff } from './aiff.ts';
import { readAu } from './au.ts';
import { checkDecoded, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readThroughFfmpeg, type FfmpegCall } from './ffmpeg.ts';
import { readFlac } from './flac.ts';
import { readMp3 } from './mp3.ts';
import { readOpus } from './opus.ts';
import { describeForeign, sniff, type AudioFormat } from './sniff.ts';
import { readSphere } from './sphere.ts';
import { readVorbis } from './vorbis.ts';
import { readWav } from './wav.ts';

export interface DecodeOptions extends DecodeLimits {
  /** Program that decodes what diglot does not read itself; null forbids it. */
  readonly ffmpeg: string | null;
  readonly signal?: AbortSignal;
}

export const DEFAULT_DECODE_OPTIONS: DecodeOptions = { maxSeconds: 14_400, damaged: 'refuse', ffmpeg: 'ffmpeg' };

type Reader = (bytes: Uint8Array, path: string, limits: DecodeLimits) => DecodedAudio | Promise<DecodedAudio>;

const READERS: Readonly<Record<Exclude<AudioFormat, 'other'>, Reader>> = {
  wav: readWav,
  aiff: readAiff,
  au: readAu,
  sphere: readSphere,
  flac: readFlac,
  mp3: readMp3,
  opus: readOpus,
  vorbis: readVorbis,
};

/**
 * @param bytes The whole file.
 * @param path Names the file in errors; ffmpeg, where it is needed, opens it.
 * @throws RecordError with one of the codes `empty-file`, `not-audio`, `bad-header`, `unsupported-codec`, `needs-ffmpeg`,
 *   `ffmpeg-failed`, `mixed-format`, `truncated-data`, `corrupt-data`, `no-samples`, `not-finite`, `sample-range`,
 *   `too-long`.
 */
export async function decodeAudio(
  bytes: Uint8Array,
  path: string,
  options: Partial<DecodeOptions> = {},
): Promise<DecodedAudio> {
  const limits = { ...DEFAULT_DECODE_OPTIONS, ...options };
  if (bytes.length === 0) throw new RecordError('empty-file', `${path}: is empty (0 bytes); copy the file again.`);
  const ffmpeg: FfmpegCall = { program: limits.ffmpeg, signal: limits.signal };
  const format = sniff(bytes);
  const decoded =
    format === 'other'
      ? await readForeign(bytes, path, ffmpeg, limits)
      : await readKnown(READERS[format], bytes, path, ffmpeg, limits);
  return checkDecoded(path, decoded, limits.maxSeconds);
}

/** Containers that we know may hold codecs that we do not. */
async function readKnown(
  read: Reader,
  bytes: Uint8Array,
  path: string,
  ffmpeg: FfmpegCall,
  limits: DecodeLimits,
): Promise<DecodedAudio> {
  try {
    return await read(bytes, path, limits);
  } catch (error) {
    if (!(error instanceof RecordError) || error.code !== 'unsupported-codec') throw error;
    return readThroughFfmpeg(path, error.message.slice(path.length + 2), ffmpeg, limits);
  }
}

async function readForeign(
  bytes: Uint8Array,
  path: string,
  ffmpeg: FfmpegCall,
  limits: DecodeLimits,
): Promise<DecodedAudio> {
  const what = describeForeign(bytes);
  if (what !== undefined) return readThroughFfmpeg(path, `is ${what}`, ffmpeg, limits);
  try {
    return await readThroughFfmpeg(path, 'has no known audio header', ffmpeg, limits);
  } catch (cause) {
    if (!(cause instanceof RecordError) || (cause.code !== 'needs-ffmpeg' && cause.code !== 'ffmpeg-failed'))
      throw cause;
    const without = cause.code === 'needs-ffmpeg' ? ', and ffmpeg, which knows more formats, is not at hand' : '';
    const head = Buffer.from(bytes.subarray(0, 8))
      .toString('hex')
      .replace(/(..)(?!$)/g, '$1 ');
    throw new RecordError(
      'not-audio',
      `${path}: begins with bytes ${head}, which no audio format does${without}; if these are samples without a header, ` +
        `add one (ffmpeg -f s16le -ar 16000 -ac 1 -i FILE FILE.wav for 16-bit at 16 kHz).`,
      { cause },
    );
  }
}
