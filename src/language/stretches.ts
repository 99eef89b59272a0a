/**
 * Which language is heard when: detection over short stretches of a window's encoder states, no training. Cross-attention
 * does not mind that the states in front and behind are missing, so a stretch costs one decoder step of one token over a
 * few positions. What is heard in a second is mostly one language, where a whole sentence mixes them.
 */
import type { SpeechModel } from '../whisper/speech-model.ts';
import { detectLanguage, type LanguageProbability } from './detect.ts';

/** A stretch of a window, in encoder positions (20 ms each), with the probability of each language asked about. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  /** In the order of the languages; they sum to 1. */
  readonly probabilities: readonly number[];
}

export interface StretchOptions {
  /** Length of a stretch, seconds. */
  readonly stretch: number;
  /** From the middle of one to the middle of the next, seconds. */
  readonly hop: number;
  /**
   * What the scores of the tags are divided by before they become probabilities: detection is surer of half a second than
   * it is right.
   */
  readonly temperature: number;
}

/** Stretches that are heard at the same time: their decoder steps run as one, and each takes 3 MB of Whisper base. */
const atOnce = 16;

/** Encoder positions a second. */
export const positionsPerSecond = 50;

/**
 * Where the stretches of a window lie, in order of time; the first begins at 0 and the last ends at `heard`. One alone
 * where the audio is shorter than a stretch.
 * @param heard Positions that hold audio; at least 1.
 */
export function stretchPlaces(
  heard: number,
  { stretch, hop }: Pick<StretchOptions, 'stretch' | 'hop'>,
): { readonly start: number; readonly end: number }[] {
  const length = Math.max(1, Math.min(heard, Math.round(stretch * positionsPerSecond)));
  const step = Math.max(1, Math.round(hop * positionsPerSecond));
  const count = 1 + Math.ceil((heard - length) / step);
  return Array.from({ length: count }, (_, index) => {
    const start = Math.min(index * step, heard - length);
    return { start, end: start + length };
  });
}

/**
 * @param states positions x width; the first `heard` positions hold audio.
 * @param languages Whisper's codes, at least one.
 * @returns At the places that `stretchPlaces` gives.
 * @throws UsageError `language` when the model knows no such language.
 */
export async function languageStretches(
  model: SpeechModel,
  states: Float32Array,
  heard: number,
  languages: readonly string[],
  options: StretchOptions,
): Promise<Stretch[]> {
  const { width } = model.facts;
  const places = stretchPlaces(heard, options);
  const hear = async ({ start, end }: (typeof places)[number]): Promise<Stretch> => {
    const found = await detectLanguage(model, states.subarray(start * width, end * width), end - start, languages);
    return { start, end, probabilities: tempered(found, languages, options.temperature) };
  };
  const stretches: Stretch[] = [];
  for (let begin = 0; begin < places.length; begin += atOnce) {
    stretches.push(...(await Promise.all(places.slice(begin, begin + atOnce).map(hear))));
  }
  return stretches;
}

function tempered(
  found: readonly LanguageProbability[],
  languages: readonly string[],
  temperature: number,
): readonly number[] {
  const powers = languages.map((language) => {
    const { probability } = found.find((one) => one.language === language)!;
    return probability ** (1 / temperature);
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * The same for each position, by straight lines between the middles of the stretches.
 * @returns heard x languages.
 */
export function languageOverPositions(stretches: readonly Stretch[], heard: number): Float64Array {
  const languages = stretches[0]!.probabilities.length;
  const middle = ({ start, end }: Stretch): number => (start + end - 1) / 2;
  const values = new Float64Array(heard * languages);
  let before = 0;
  for (let position = 0; position < heard; position++) {
    while (before + 1 < stretches.length && middle(stretches[before + 1]!) <= position) before++;
    const [left, right] = [stretches[before]!, stretches[before + 1] ?? stretches[before]!];
    const gap = middle(right) - middle(left);
    const share = gap > 0 ? Math.max(0, (position - middle(left)) / gap) : 0;
    for (let l = 0; l < languages; l++) {
      values[position * languages + l] = left.probabilities[l]! * (1 - share) + right.probabilities[l]! * share;
    }
  }
  return values;
}
