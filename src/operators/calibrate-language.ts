/**
 * Which of the declared languages is heard in the first window of a recording: as a whole, for the tag of a search, and over
 * time. Where `detect-language` asks the model as it is, over all that it knows, this asks a calibrator over a set.
 */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { readCalibrator } from '../language/calibrators/calibrator-file.ts';
import { isCalibratorPath } from '../language/calibrators/load-calibrator.ts';
import { languageSet } from '../language/language-set.ts';
import { positionsPerSecond } from '../language/stretches.ts';
import { utterancePosterior } from '../language/utterance-posterior.ts';
import { languageCode } from '../whisper/languages.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { calibratorOptions } from './calibrator-options.ts';
import { defineOperator } from './define-operator.ts';
import { modelOptions } from './model-options.ts';

const { stretch, hop, stretchTemperature } = calibratorOptions;

export const calibrateLanguage = defineOperator(
  {
    name: 'calibrate-language',
    summary: 'Tells how probable each declared language is at the beginning of a recording, as a whole and over time.',
    shape: 'each',
    input: 'encoding',
    output: 'language-posterior',
    options: z.strictObject({
      ...modelOptions,
      languages: z
        .array(z.string().refine((language) => languageCode(language) !== null, 'is no language that Whisper knows'))
        .min(1)
        .default(['zh', 'en'])
        .describe('Languages to choose from, as codes or English names ("zh", "english"); told apart by script.'),
      calibrator: z
        .string()
        .refine(
          (name) => name === 'detected' || name === 'acoustic' || isCalibratorPath(name),
          'is neither "detected", nor "acoustic", nor the path of a .safetensors file',
        )
        .default('detected')
        .describe(
          'Evidence: detected asks Whisper about the whole window, acoustic takes the mean over stretches, the file of a trained acoustic calibrator asks that.',
        ),
      stretch,
      hop,
      stretchTemperature,
    }),
    checkpoint: 'stateless',
  },
  async ({ calibrator, stretchTemperature: temperature, ...options }, context) => {
    const { note, signal, provenance } = context;
    const set = languageSet([...new Set(options.languages.map((language) => languageCode(language)!))]);
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    const evidence =
      calibrator === 'detected' || calibrator === 'acoustic'
        ? calibrator
        : await readCalibrator(calibrator, model.facts);
    return async ({ id, origin, model: encodedBy, states, positions, logMel }) => {
      if (encodedBy !== options.model) {
        throw new UsageError(
          'model',
          `calibrate-language has the model ${options.model} and was given states of ${encodedBy}; name one model for both.`,
        );
      }
      const heard = Math.max(1, Math.min(positions, Math.ceil(logMel.frames / 2)));
      const window = { states, positions, heard };
      const found = await utterancePosterior(model, window, set, evidence, { ...options, temperature });
      const order = set.languages
        .map((_, index) => index)
        .sort((a, b) => found.probabilities[b]! - found.probabilities[a]!);
      const inOrder = <T>(values: readonly T[]): T[] => order.map((index) => values[index]!);
      const seconds = (position: number): number => origin.start + position / positionsPerSecond;
      return {
        kind: 'language-posterior',
        id,
        origin,
        languages: inOrder(set.languages),
        probabilities: inOrder(found.probabilities),
        stretches: found.stretches.map(({ start, end, probabilities }) => ({
          start: seconds(start),
          end: seconds(end),
          probabilities: inOrder(probabilities),
        })),
      };
    };
  },
);
