/**
 * Whisper's log-mel spectrogram, as openai-whisper's `log_mel_spectrogram` defines it (whisper/audio.py, 20250625):
 * Hann windows of 25 ms every 10 ms, centred, the beginning mirrored; powers; mel bands; log10, floored 8 decades under
 * the loudest value of the recording; (x + 4) / 4.
 *
 * The reference has two ways to come to a window of 30 s, and both start here. `transcribe()` lets silence follow the
 * recording, computes the log-mel once and cuts windows out of it: `melSpectrogram`, then `logMelWindow`. `decode()`
 * takes 30 s of samples, so that its floor is of those 30 s: `padOrTrim` first. For a recording up to 30 s the two agree.
 */
import { RecordError } from '../errors.ts';
import { powerSpectra } from './fourier.ts';
import { melFilters } from './mel-filters.ts';

/** Hz: the rate that Whisper hears. */
export const SAMPLE_RATE = 16_000;
/** Samples from one frame to the next: 10 ms. */
export const HOP = 160;
/** Samples under the window of one frame: 25 ms. */
export const FRAME_SIZE = 400;
/** Frames of Whisper's window of 30 s. */
export const WINDOW_FRAMES = 3000;
/** Samples of Whisper's window of 30 s. */
export const WINDOW_SAMPLES = WINDOW_FRAMES * HOP;

/** Frames behind the recording that are kept: windows reach into the audio from three of them; the fourth is silence. */
export const TAIL_FRAMES = 4;

export interface MelSpectrogram {
  /** bands x frames, band after band. */
  readonly values: Float32Array;
  /** bands x 4: the frames that follow, in which the audio fades out; the last of them is silence. */
  readonly tail: Float32Array;
  readonly bands: number;
  /** Whole hops of audio: samples / 160, rounded down. */
  readonly frames: number;
}

/**
 * Log-mel of a whole recording that silence follows.
 *
 * @param samples In [-1, 1] at 16 kHz.
 * @param bands 80, or 128 for large-v3.
 * @throws RecordError `not-finite` when a sample is NaN or infinite.
 */
export function melSpectrogram(samples: Float32Array, bands: number): MelSpectrogram {
  const frames = Math.floor(samples.length / HOP);
  const values = new Float32Array(bands * frames);
  const tail = new Float32Array(bands * TAIL_FRAMES);
  const measure = melPowers(bands);
  const pair = new Float64Array(2 * bands);
  let loudest = -Infinity;
  for (let start = 0; start < frames + TAIL_FRAMES; start += 2) {
    measure(samples, start, pair);
    for (let frame = start; frame < Math.min(start + 2, frames + TAIL_FRAMES); frame++) {
      const target = frame < frames ? values : tail;
      const stride = frame < frames ? frames : TAIL_FRAMES;
      let to = frame < frames ? frame : frame - frames;
      for (let from = (frame - start) * bands; from < (frame - start + 1) * bands; from++, to += stride) {
        const logPower = Math.log10(Math.max(pair[from]!, 1e-10));
        loudest = Math.max(loudest, logPower);
        target[to] = logPower;
      }
    }
  }
  if (!Number.isFinite(loudest)) {
    throw new RecordError('not-finite', 'The audio holds samples that are not numbers; write the file again.');
  }
  normalise(values, loudest - 8);
  normalise(tail, loudest - 8);
  return { values, tail, bands, frames };
}

/** From log10 powers to what Whisper hears, in place. @param floor What no value lies under. */
export function normalise(values: Float32Array, floor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (Math.max(values[i]!, floor) + 4) / 4;
}

/**
 * Measures mel powers frame by frame, for whoever needs them before the recording has ended. Frame f is centred on
 * sample f * 160. Samples before the first are the mirrored beginning, samples behind the last are silence.
 *
 * @returns A function that writes the powers of two successive frames, 2 x bands, to `powers`. It allocates nothing,
 * and works in buffers of its own.
 */
export function melPowers(bands: number): (samples: Float32Array, frame: number, powers: Float64Array) => void {
  const { starts, offsets, weights } = melFilters(bands, FRAME_SIZE, SAMPLE_RATE);
  const spectra = powerSpectra(FRAME_SIZE);
  const firstSpectrum = new Float64Array(FRAME_SIZE / 2 + 1);
  const secondSpectrum = new Float64Array(FRAME_SIZE / 2 + 1);
  return (samples, frame, powers) => {
    placeFrame(samples, frame * HOP - FRAME_SIZE / 2, spectra.first);
    placeFrame(samples, (frame + 1) * HOP - FRAME_SIZE / 2, spectra.second);
    spectra.run(firstSpectrum, secondSpectrum);
    for (let band = 0; band < bands; band++) {
      let first = 0;
      let second = 0;
      for (let i = offsets[band]!, bin = starts[band]!; i < offsets[band + 1]!; i++, bin++) {
        first += weights[i]! * firstSpectrum[bin]!;
        second += weights[i]! * secondSpectrum[bin]!;
      }
      powers[band] = first;
      powers[bands + band] = second;
    }
  };
}

/** Periodic Hann window. */
const HANN = Float64Array.from({ length: FRAME_SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME_SIZE));

function placeFrame(samples: Float32Array, start: number, frame: Float64Array): void {
  if (start >= 0 && start + FRAME_SIZE <= samples.length) {
    for (let i = 0; i < FRAME_SIZE; i++) frame[i] = HANN[i]! * samples[start + i]!;
  } else {
    for (let i = 0; i < FRAME_SIZE; i++) frame[i] = HANN[i]! * (samples[Math.abs(start + i)] ?? 0);
  }
}

/** The samples, cut to `length` or followed by zeros (the reference's `pad_or_trim`); themselves where they fit. */
export function padOrTrim(samples: Float32Array, length: number = WINDOW_SAMPLES): Float32Array {
  if (samples.length === length) return samples;
  const fitted = new Float32Array(length);
  fitted.set(samples.subarray(0, length));
  return fitted;
}

/**
 * Cuts `frames` frames from `seek` on; `bands` x `frames`, a copy.
 *
 * @param beyond What stands behind the end of the recording. `silence`: what the log-mel of silence is, as `decode()`
 * has it and as the models were trained. `zero`: the number 0, as `transcribe()` of the reference fills its last window.
 */
export function logMelWindow(
  logMel: MelSpectrogram,
  seek: number,
  frames: number = WINDOW_FRAMES,
  beyond: 'silence' | 'zero' = 'silence',
): Float32Array {
  const window = new Float32Array(logMel.bands * frames);
  const inside = Math.max(0, Math.min(frames, logMel.frames - seek));
  for (let band = 0; band < logMel.bands; band++) {
    const from = band * logMel.frames + seek;
    if (inside > 0) window.set(logMel.values.subarray(from, from + inside), band * frames);
    if (beyond === 'zero') continue;
    for (let frame = inside; frame < frames; frame++) {
      const behind = Math.min(seek + frame - logMel.frames, TAIL_FRAMES - 1);
      window[band * frames + frame] = logMel.tail[band * TAIL_FRAMES + behind]!;
    }
  }
  return window;
}
