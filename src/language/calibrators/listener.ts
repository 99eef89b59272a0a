/** A trained acoustic calibrator that is asked about stretches of sound, beside a search and without its attention. */
import { UsageError } from '../../errors.ts';
import type { ModelFacts } from '../../whisper/speech-model.ts';
import { languageSet } from '../language-set.ts';
import { readCalibrator } from './calibrator-file.ts';
import { findCalibrator, fittingCalibrator } from './find-calibrator.ts';
import { acousticPosteriors } from './trained.ts';

/** The encoder's states of a window. */
export interface HeardStates {
  /** positions x width. */
  readonly states: Float32Array;
  /** How many positions hold audio; at least 1. */
  readonly heard: number;
}

/** q of a stretch of a window, over the declared languages and, where the calibrator tells it, other. */
export type Listener = (window: HeardStates) => (from: number, to: number) => number[];

/**
 * @param name As of `findCalibrator`; `auto` takes diglot's own where one fits, and gives null where none does.
 * @returns Asked about positions [from, to) of a window, or one where they are none: the mean of what is heard at them
 *   (method-specs 1.5, option C, with the time of a word in the place of its attention).
 * @throws UsageError `calibrator` when there is none of that name, it needs a text, or does not suit model and languages.
 */
export async function loadListener(
  name: string,
  model: ModelFacts,
  languages: readonly string[],
): Promise<Listener | null> {
  const path = name === 'auto' ? await fittingCalibrator(model, languages) : findCalibrator(name);
  if (path === null) return null;
  if (path === undefined) {
    throw new UsageError(
      'calibrator',
      `There is no calibrator ${JSON.stringify(name)} under models/calibrators/; name one, the path of a .safetensors file, or auto.`,
    );
  }
  const posteriors = acousticPosteriors(await readCalibrator(path, model), languageSet(languages));
  return (window) => {
    const overTime = posteriors(window);
    const size = overTime.length / window.heard;
    return (from, to) => {
      const first = Math.min(Math.max(0, from), window.heard - 1);
      const end = Math.min(Math.max(first + 1, to), window.heard);
      const mean = new Array<number>(size).fill(0);
      for (let at = first * size; at < end * size; at++) mean[at % size]! += overTime[at]! / (end - first);
      return mean;
    };
  };
}
