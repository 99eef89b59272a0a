/** The options by which a decoding operator is told of languages: which there may be, and how they count in its scores. */
import { z } from 'zod';
import { defaultCalibrator, defaultMixtureFloor, defaultTranscribeOptions as defaults } from '../decoding/options.ts';
import { languagePrompts, needsQ, type LanguageOptions } from '../decoding/spoken-languages.ts';
import { fittingCalibrator } from '../language/calibrators/find-calibrator.ts';
import { calibratorNames, loadCalibrator } from '../language/calibrators/load-calibrator.ts';
import { languageSet } from '../language/language-set.ts';
import { rescoringModes } from '../language/language-terms.ts';
import { languageCode } from '../whisper/languages.ts';
import type { SpeechModel } from '../whisper/speech-model.ts';
import { calibratorOptions, calibratorSettings } from './calibrator-options.ts';

const { rescoring } = defaults;

export const languageName = z
  .string()
  .refine((name) => languageCode(name) !== null, 'is no language that Whisper knows');

/** Spread into the options of an operator. */
export const languageOptions = {
  languages: z
    .array(languageName)
    .min(1)
    .default([...defaults.languages])
    .describe(
      'Languages that one utterance may hold. They are told apart by script; spans and probabilities are given for each.',
    ),
  languagePrompt: z
    .enum(languagePrompts)
    .default(defaults.languagePrompt)
    .describe(
      'Prompt where several of `languages` may be spoken: single has the tag that was detected; joined has all their tags; mixture runs one prompt for each and mixes their probabilities by q; auto is mixture where detection chose among `languages` alone, and single elsewhere.',
    ),
  rescore: z
    .enum(rescoringModes)
    .default(rescoring.mode)
    .describe(
      'Language terms in the score of a token: plain none, internal w log a, external w log q, replace w (log q - log a), published w q as in the published code.',
    ),
  weight: z
    .number()
    .min(0)
    .default(rescoring.weight)
    .describe('Weight w of the language terms; 0 is plain, replace at 1 puts q in the place of a.'),
  otherPolicy: z
    .enum(['class', 'neutral'])
    .default(rescoring.otherPolicy)
    .describe(
      'Language term of punctuation, digits and the end of text: class, that of their own class; neutral, the largest of a language.',
    ),
  fragmentPolicy: z
    .enum(['inherit', 'once'])
    .default(rescoring.fragmentPolicy)
    .describe('Tokens that carry a language term: inherit, all; once, those that begin a character or a word.'),
  calibrator: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      `What gives q, the probability of each language at a token: ${calibratorNames.join(', ')}, or a trained calibrator: its file, or its name under models/calibrators/. auto takes the trained one that comes with diglot where it was made for the model and the languages. null, and auto where none was, takes ${defaultCalibrator} where q is needed.`,
    ),
  mixtureWeights: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'What weighs the prompts of a mixture, if not the calibrator: one of the same names, so that q of a token can come from its sound and the weights from the window.',
    ),
  ...calibratorOptions,
  nBest: z
    .int()
    .min(0)
    .max(64)
    .default(defaults.nBest)
    .describe('Candidates of each window that are given with their token scores; 0 gives none.'),
};

/**
 * The parsed options as decoding takes them.
 * @throws UsageError `calibrator`, `languages` when they cannot be used with this model.
 */
export async function languageSettings(
  options: z.output<z.ZodObject<typeof languageOptions>>,
  model: SpeechModel,
): Promise<Omit<LanguageOptions, 'language'>> {
  const { languagePrompt, rescore: mode, weight, otherPolicy, fragmentPolicy } = options;
  const languages = options.languages.map((language) => languageCode(language)!);
  const terms = { mode, weight, otherPolicy, fragmentPolicy };
  const named = options.calibrator === 'auto' ? await fittingCalibrator(model.facts, languages) : options.calibrator;
  const name = named ?? (languagePrompt === 'mixture' || needsQ(terms) ? defaultCalibrator : null);
  // Where `auto` may mix and nothing is named, the weights are the default's, with the floor that it was measured with.
  const implied = languagePrompt === 'auto' && name === null && options.mixtureWeights === null;
  const settings = calibratorSettings(options, implied ? defaultMixtureFloor : undefined);
  const load = async (which: string | null) =>
    which === null ? null : loadCalibrator(which, model, languageSet(languages), settings);
  const calibrator = await load(name);
  const mixable = languagePrompt === 'mixture' || languagePrompt === 'auto';
  const mixtureWeights = mixable ? await load(implied ? defaultCalibrator : options.mixtureWeights) : null;
  return { languages, languagePrompt, rescoring: terms, calibrator, mixtureWeights };
}
