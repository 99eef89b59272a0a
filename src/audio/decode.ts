/** Any audio file to samples, by what the file is and not by what it is called. */
import { RecordError } from '../errors.ts';
import { checkDecoded, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readThroughFfmpeg, type FfmpegCall } from './ffmpeg.ts';
import { describeForeign, sniff, type AudioFormat } from './sniff.ts';

export interface DecodeOptions extends DecodeLimits {
  /** Program that decodes what diglot does not read itself; null forbids it. */
  readonly ffmpeg: string | null;
  readonly signal?: AbortSignal;
}

export const DEFAULT_DECODE_OPTIONS: DecodeOptions = { maxSeconds: 14_400, damaged: 'refuse', ffmpeg: 'ffmpeg' };

type Reader = (bytes: Uint8Array, path: string, limits: DecodeLimits) => DecodedAudio | Promise<DecodedAudio>;

/** Loaded when a file of theirs is there: each decoder in WebAssembly takes a program 30 ms to start with. */
const READERS: Readonly<Record<Exclude<AudioFormat, 'other'>, () => Promise<Reader>>> = {
  wav: async () => (await import('./wav.ts')).readWav,
  aiff: async () => (await import('./aiff.ts')).readAiff,
  au: async () => (await import('./au.ts')).readAu,
  sphere: async () => (await import('./sphere.ts')).readSphere,
  flac: async () => (await import('./flac.ts')).readFlac,
  mp3: async () => (await import('./mp3.ts')).readMp3,
  opus: async () => (await import('./opus.ts')).readOpus,
  vorbis: async () => (await import('./vorbis.ts')).readVorbis,
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
      : await readKnown(await READERS[format](), bytes, path, ffmpeg, limits);
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
