/** Masks of SpecAugment (Park et al. 2019) over a log-mel. */
import type { RandomNumbers } from '../random-numbers.ts';
import type { MelSpectrogram } from './mel-spectrogram.ts';

export interface MaskOptions {
  /** How many masks of bands, and how many bands one covers at most. */
  readonly bandMasks: number;
  readonly bands: number;
  readonly timeMasks: number;
  /** Of a mask of time, at most; and the share of the utterance. */
  readonly seconds: number;
  readonly timeShare: number;
}

/** @returns A copy in which masked values are the mean of the log-mel; the tail stays. */
export function maskLogMel(
  { values, bands, frames }: MelSpectrogram,
  options: MaskOptions,
  random: RandomNumbers,
): { readonly values: Float32Array } {
  const masked = values.slice();
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  /** Start and end of a mask: its width is uniform in 0 to `widest`, its place among those where it fits. */
  const span = (length: number, widest: number): [number, number] => {
    const width = Math.floor(random() * (Math.min(widest, length) + 1));
    const start = Math.floor(random() * (length - width + 1));
    return [start, start + width];
  };
  for (let mask = 0; mask < options.bandMasks; mask++) {
    const [from, to] = span(bands, options.bands);
    masked.fill(mean, from * frames, to * frames);
  }
  const widest = Math.floor(Math.min(100 * options.seconds, options.timeShare * frames));
  for (let mask = 0; mask < options.timeMasks; mask++) {
    const [from, to] = span(frames, widest);
    for (let band = 0; band < bands; band++) masked.fill(mean, band * frames + from, band * frames + to);
  }
  return { values: masked };
}
