/** Which language is heard, as a whole and over time, from one of several kinds of evidence: window by window, then in all. */
import type { CalibratorFile } from './calibrators/calibrator-file.ts';
import { acousticPosteriors } from './calibrators/trained.ts';
import { detectLanguage } from './detect.ts';
import type { LanguageSet } from './language-set.ts';
import { languageStretches, stretchPlaces, type Stretch, type StretchOptions } from './stretches.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';

export interface UtterancePosterior {
  /** In the order of the languages; they sum to 1. */
  readonly probabilities: readonly number[];
  readonly stretches: readonly Stretch[];
  /** How much evidence it is: what it counts among the windows of a recording. */
  readonly weight: number;
}

/**
 * The posterior of a recording, of those of its windows: the mean, weighted by the evidence of each. The same as over all
 * stretches, or all positions, at once.
 * @param windows At least one, each with the encoder positions in front of it.
 * @returns Stretches count from the beginning of the recording.
 */
export function recordingPosterior(
  windows: readonly (readonly [before: number, UtterancePosterior])[],
): UtterancePosterior {
  const weight = windows.reduce((sum, [, window]) => sum + window.weight, 0);
  const share = (of: UtterancePosterior): number => (weight > 0 ? of.weight / weight : 1 / windows.length);
  const languages = windows[0]![1].probabilities;
  return {
    probabilities: languages.map((_, l) =>
      windows.reduce((sum, [, window]) => sum + share(window) * window.probabilities[l]!, 0),
    ),
    stretches: windows.flatMap(([before, { stretches }]) =>
      stretches.map((stretch) => ({ ...stretch, start: before + stretch.start, end: before + stretch.end })),
    ),
    weight,
  };
}

export interface HeardWindow {
  /** positions x width. */
  readonly states: Float32Array;
  readonly positions: number;
  /** How many positions hold audio; at least 1. */
  readonly heard: number;
}

/**
 * @param evidence `detected`: one detection over the whole window; `acoustic`: the mean of those over stretches; a file: the
 *   mean of its acoustic head over positions, each by how much of it is a language at all.
 * @throws UsageError `language` when the model knows no such language; `calibrator` when the file cannot tell without a text.
 */
export async function utterancePosterior(
  model: SpeechModel,
  { states, positions, heard }: HeardWindow,
  set: LanguageSet,
  evidence: 'detected' | 'acoustic' | CalibratorFile,
  options: StretchOptions,
): Promise<UtterancePosterior> {
  const { languages } = set;
  if (typeof evidence !== 'string') {
    const posteriors = acousticPosteriors(evidence, set)({ states, heard });
    const between = (start: number, end: number) => shareOut(posteriors, languages.length, heard, start, end);
    const stretches = stretchPlaces(heard, options).map((place) => ({
      ...place,
      probabilities: between(place.start, place.end).probabilities,
    }));
    return { ...between(0, heard), stretches };
  }
  const stretches = await languageStretches(model, states, heard, languages, options);
  if (evidence === 'acoustic') {
    const mean = languages.map((_, i) => meanOf(stretches.map(({ probabilities }) => probabilities[i]!)));
    return { probabilities: mean, stretches, weight: stretches.length };
  }
  const found = await detectLanguage(model, states, positions, languages);
  const probabilities = languages.map((language) => found.find((one) => one.language === language)!.probability);
  return { probabilities, stretches, weight: heard };
}

/** What the languages have of the positions from `start` to `end`, scaled to sum to 1, and the sum before. */
function shareOut(
  values: Float64Array,
  languages: number,
  heard: number,
  start: number,
  end: number,
): Pick<UtterancePosterior, 'probabilities' | 'weight'> {
  const size = values.length / heard;
  const sums = new Array<number>(languages).fill(0);
  for (let position = start; position < end; position++) {
    for (let l = 0; l < languages; l++) sums[l]! += values[position * size + l]!;
  }
  const total = sums.reduce((sum, value) => sum + value, 0);
  return { probabilities: sums.map((sum) => (total > 0 ? sum / total : 1 / languages)), weight: total };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
