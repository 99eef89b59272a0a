/** The calibrators by name: what `--calibrator` takes. */
import { UsageError } from '../../errors.ts';
import type { SpeechModel } from '../../whisper/speech-model.ts';
import type { Calibrator } from '../calibrator.ts';
import type { LanguageSet } from '../language-set.ts';
import { tokenLanguages } from '../token-language.ts';
import { acousticCalibrator } from './acoustic.ts';
import { readCalibrator } from './calibrator-file.ts';
import { constantCalibrator } from './constant.ts';
import { detectedCalibrator } from './detected.ts';
import { findCalibrator } from './find-calibrator.ts';
import { forwardCalibrator } from './forward.ts';
import { mixtureCalibrator } from './mixture.ts';
import { trainedCalibrator } from './trained.ts';

export interface CalibratorOptions {
  /** Least q of a language, for all but trained ones; from one over their number on all are equal. */
  readonly floor: number;
  /** `constant`: the share of each language, in their order; none makes them equal. */
  readonly prior: readonly number[];
  /** `forward`: probability that the language is drawn anew before a token, 0 to 1. */
  readonly switchRate: number;
  /** `acoustic`: length of a stretch and distance between two, seconds; what detection is tempered by. */
  readonly stretch: number;
  readonly hop: number;
  readonly temperature: number;
}

/** What was measured to be best (docs/language.md, Calibrators). */
export const defaultCalibratorOptions: CalibratorOptions = {
  floor: 0.1,
  prior: [],
  switchRate: 0.1,
  stretch: 0.5,
  hop: 0.25,
  temperature: 2,
};

type Make = (model: SpeechModel, set: LanguageSet, options: CalibratorOptions) => Calibrator;

const makers: Readonly<Record<string, Make>> = {
  constant: (_model, { languages }, { prior }) => constantCalibrator(prior, languages),
  detected: (_model, _set, { floor }) => detectedCalibrator(floor),
  forward: (_model, _set, { floor, switchRate }) => forwardCalibrator(floor, switchRate),
  mixture: ({ tokenizer }, set, { floor }) => mixtureCalibrator(tokenLanguages(tokenizer, set), floor),
  acoustic: (_model, { languages }, { floor, ...stretches }) => acousticCalibrator(languages, floor, stretches),
};

export const calibratorNames: readonly string[] = Object.keys(makers);

/**
 * @param name One of `calibratorNames`, or a trained one as `findCalibrator` finds it.
 * @throws UsageError `calibrator` when there is no such calibrator, or its options or its file do not suit the model
 *   and the languages; `weights` when the file cannot be read.
 */
export async function loadCalibrator(
  name: string,
  model: SpeechModel,
  set: LanguageSet,
  options: CalibratorOptions = defaultCalibratorOptions,
): Promise<Calibrator> {
  if (Object.hasOwn(makers, name)) return makers[name]!(model, set, options);
  const path = findCalibrator(name);
  if (path !== undefined) return trainedCalibrator(await readCalibrator(path, model.facts), set);
  throw new UsageError(
    'calibrator',
    `There is no calibrator ${JSON.stringify(name)}; take ${calibratorNames.join(', ')}, a name under models/calibrators/, or the path of a .safetensors file.`,
  );
}
