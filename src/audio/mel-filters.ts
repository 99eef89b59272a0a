/**
 * The triangular mel filters that Whisper was trained with: librosa 0.9's `filters.mel` in its defaults, which are
 * Slaney's scale (linear to 1 kHz, then logarithmic: Auditory Toolbox, 1998) and unit area for each filter.
 */

/** Filters of which only the non-zero weights are kept, band after band. */
export interface MelFilters {
  readonly bands: number;
  /** First bin of each band. */
  readonly starts: Int32Array;
  /** Where each band's weights lie in `weights`; one more than there are bands. */
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Filters over the bins 0 to `size` / 2 of a transform of `size` samples, from 0 Hz to half of `sampleRate` (Hz).
 * Equal to `librosa.filters.mel(sr=sampleRate, n_fft=size, n_mels=bands)`.
 */
export function melFilters(bands: number, size: number, sampleRate: number): MelFilters {
  const top = toMel(sampleRate / 2);
  const corners = Array.from({ length: bands + 2 }, (_, i) => toHertz((top * i) / (bands + 1)));
  const starts = new Int32Array(bands);
  const offsets = new Int32Array(bands + 1);
  const weights: number[] = [];
  for (let band = 0; band < bands; band++) {
    const [low, middle, high] = [corners[band]!, corners[band + 1]!, corners[band + 2]!];
    starts[band] = Math.min(Math.floor((low * size) / sampleRate) + 1, size / 2);
    for (let bin = starts[band]!; bin <= size / 2; bin++) {
      const frequency = (bin * sampleRate) / size;
      if (frequency >= high) break;
      const height = Math.min((frequency - low) / (middle - low), (high - frequency) / (high - middle));
      weights.push((height * 2) / (high - low));
    }
    offsets[band + 1] = weights.length;
  }
  return { bands, starts, offsets, weights: Float64Array.from(weights) };
}

const HERTZ_PER_MEL = 200 / 3;
const KNEE_HERTZ = 1000;
const KNEE_MEL = KNEE_HERTZ / HERTZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

function toMel(hertz: number): number {
  return hertz < KNEE_HERTZ ? hertz / HERTZ_PER_MEL : KNEE_MEL + Math.log(hertz / KNEE_HERTZ) / LOG_STEP;
}

function toHertz(mel: number): number {
  return mel < KNEE_MEL ? mel * HERTZ_PER_MEL : KNEE_HERTZ * Math.exp((mel - KNEE_MEL) * LOG_STEP);
}
