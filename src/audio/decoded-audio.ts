/** What every decoder gives, how it is limited, and the last check that all of them pass. */
import { RecordError } from '../errors.ts';

/** Samples of equally long channels; full scale is 1, float formats may go a little beyond. */
export interface DecodedAudio {
  readonly channels: readonly Float32Array[];
  /** Hz. */
  readonly sampleRate: number;
}

export interface DecodeLimits {
  /** Longest recording, in seconds, that is decoded. */
  readonly maxSeconds: number;
  /** `refuse`: a file that is cut short or damaged is an error. `keep`: what can be decoded of it is used. */
  readonly damaged: 'refuse' | 'keep';
}

/** Rates outside are header faults: a recording at 1 Hz would become 16,000 times longer on its way to 16 kHz. */
const LOWEST_RATE = 1000;
const HIGHEST_RATE = 768_000;

/** More are a header fault too, and would multiply what a decoder allocates for one page. */
const MOST_CHANNELS = 64;

/** No decoder may fill more than this with samples, however long `maxSeconds` is. */
const MAX_DECODED_BYTES = 2 ** 31;

/**
 * Largest magnitude that still is audio: 24 dB above full scale. Float files in the scale of 16-bit integers would pass
 * for very loud speech, and 1e30 becomes Infinity in a power spectrum.
 */
const LOUDEST = 16;

/**
 * Refuses what a header claims before anything is allocated for it.
 *
 * @throws RecordError `bad-header` for an impossible rate or channel count, `too-long` for a recording over the limits.
 */
export function checkClaim(
  path: string,
  sampleRate: number,
  channels: number,
  frames: number,
  maxSeconds: number,
): void {
  if (!(sampleRate >= LOWEST_RATE && sampleRate <= HIGHEST_RATE)) {
    throw new RecordError(
      'bad-header',
      `${path}: the header says ${sampleRate} Hz, which is outside ${LOWEST_RATE} to ${HIGHEST_RATE} Hz; the file is damaged or is not audio.`,
    );
  }
  if (channels < 1 || channels > MOST_CHANNELS) {
    throw new RecordError(
      'bad-header',
      `${path}: the header says ${channels} channels; the file is damaged or is not audio.`,
    );
  }
  const seconds = frames / sampleRate;
  if (seconds > maxSeconds) {
    throw new RecordError(
      'too-long',
      `${path}: lasts ${seconds.toFixed(1)} s and maxSeconds is ${maxSeconds}; cut the recording, or raise maxSeconds of "read-audio".`,
    );
  }
  if (frames * channels * 4 > MAX_DECODED_BYTES) {
    throw new RecordError(
      'too-long',
      `${path}: ${seconds.toFixed(1)} s of ${channels} channels at ${sampleRate} Hz need more than 2 GiB of memory; cut the recording or lower its rate.`,
    );
  }
}

/**
 * The last check of every decoder: there is audio, and it is made of numbers.
 *
 * @throws RecordError `no-samples`, `not-finite`, `sample-range`, and those of `checkClaim`.
 */
export function checkDecoded(path: string, audio: DecodedAudio, maxSeconds: number): DecodedAudio {
  const frames = audio.channels[0]?.length ?? 0;
  if (frames === 0) {
    throw new RecordError('no-samples', `${path}: holds no samples; remove it from the list or record it again.`);
  }
  checkClaim(path, audio.sampleRate, audio.channels.length, frames, maxSeconds);
  for (const [channel, samples] of audio.channels.entries()) {
    const wrong = samples.findIndex((sample) => !(Math.abs(sample) <= LOUDEST));
    if (wrong < 0) continue;
    const sample = samples[wrong] ?? NaN;
    const place = `sample ${wrong} of channel ${channel} (${(wrong / audio.sampleRate).toFixed(3)} s)`;
    if (!Number.isFinite(sample)) {
      throw new RecordError(
        'not-finite',
        `${path}: ${place} is ${sample}, not a number; write the file again from its source.`,
      );
    }
    throw new RecordError(
      'sample-range',
      `${path}: ${place} is ${sample.toPrecision(4)} where full scale is 1; if these are integers stored as floats, divide them by 32768.`,
    );
  }
  return audio;
}

/**
 * @throws RecordError `truncated-data`, unless the user asked for what is there.
 * @param what The place and what is missing, without the file's name.
 */
export function refuseTruncated(path: string, what: string, limits: DecodeLimits): void {
  if (limits.damaged === 'keep') return;
  throw new RecordError(
    'truncated-data',
    `${path}: ${what}; copy the file again, or set "damaged": "keep" on "read-audio" to use what is there.`,
  );
}

/** @throws RecordError `corrupt-data`, unless the user asked for what can be decoded. */
export function refuseCorrupt(path: string, what: string, limits: DecodeLimits): void {
  if (limits.damaged === 'keep') return;
  throw new RecordError(
    'corrupt-data',
    `${path}: ${what}; copy the file again, or set "damaged": "keep" on "read-audio" to use what can be decoded.`,
  );
}
