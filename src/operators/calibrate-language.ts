/**
 * Which of the declared languages is heard in a recording: as a whole, for the tag of a search, and over time. Where
 * `detect-language` asks the model as it is, over all that it knows, about the first window, this asks a calibrator over a
 * set about every window; those behind the first are encoded for it.
 */
import { z } from 'zod';
import { encodeWindow } from '../decoding/windows.ts';
import { UsageError } from '../errors.ts';
import { readCalibrator } from '../language/calibrators/calibrator-file.ts';
import { findCalibrator } from '../language/calibrators/find-calibrator.ts';
import { languageSet } from '../language/language-set.ts';
import { positionsPerSecond } from '../language/stretches.ts';
import { recordingPosterior, utterancePosterior, type UtterancePosterior } from '../language/utterance-posterior.ts';
import { languageCode } from '../whisper/languages.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { calibratorOptions } from './calibrator-options.ts';
import { defineOperator } from './define-operator.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';

const { stretch, hop, stretchTemperature } = calibratorOptions;

export const calibrateLanguage = defineOperator(
  {
    name: 'calibrate-language',
    summary: 'Tells how probable each declared language is in a recording, as a whole and over time.',
    shape: 'each',
    input: 'encoding',
    output: 'language-posterior',
    incidental: incidentalModelOptions,
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
          (name) => name === 'detected' || name === 'acoustic' || findCalibrator(name) !== undefined,
          'is neither "detected", nor "acoustic", nor a name under models/calibrators/, nor the path of a .safetensors file',
        )
        .default('detected')
        .describe(
          'Evidence: detected asks Whisper about each window, acoustic takes the mean over stretches, the file of a trained acoustic calibrator asks that.',
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
        : await readCalibrator(findCalibrator(calibrator)!, model.facts);
    const longest = 2 * model.facts.audioPositions;
    return async ({ id, origin, model: encodedBy, window, logMel, ...first }, call) => {
      if (encodedBy !== model.facts.name) {
        throw new UsageError(
          'model',
          `calibrate-language has the model ${model.facts.name} and was given states of ${encodedBy}; name one model for both.`,
        );
      }
      const windows: (readonly [number, UtterancePosterior])[] = [];
      for (let seek = 0; seek === 0 || seek < logMel.frames; seek += longest) {
        call.signal.throwIfAborted();
        const frames = Math.min(longest, logMel.frames - seek);
        const { states, positions } = seek === 0 ? first : await encodeWindow(model, logMel, seek, frames, window);
        const heard = Math.max(1, Math.min(positions, Math.ceil(frames / 2)));
        const audio = { states, positions, heard };
        windows.push([seek / 2, await utterancePosterior(model, audio, set, evidence, { ...options, temperature })]);
      }
      const found = recordingPosterior(windows);
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
