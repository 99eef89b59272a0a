/**
 * The language that Whisper hears in the first window of a recording. The model computes over all its languages; a set
 * of candidates shares the probability out among them (openai-whisper whisper/decoding.py, `detect_language`).
 */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { detectLanguage as detect } from '../language/detect.ts';
import { languageCode } from '../whisper/languages.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';

export const detectLanguage = defineOperator(
  {
    name: 'detect-language',
    summary: 'Tells how probable each language is at the beginning of a recording.',
    shape: 'each',
    input: 'encoding',
    output: 'language-posterior',
    incidental: incidentalModelOptions,
    options: z.strictObject({
      ...modelOptions,
      among: z
        .array(z.string().refine((language) => languageCode(language) !== null, 'is no language that Whisper knows'))
        .default([])
        .describe(
          'Languages to choose from, as codes or English names ("zh", "english"); empty: all that the model knows.',
        ),
    }),
    checkpoint: 'stateless',
  },
  async (options, context) => {
    const among = options.among.map((language) => languageCode(language)!);
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    return async ({ id, origin, model: encodedBy, states, positions }) => {
      if (encodedBy !== model.facts.name) {
        throw new UsageError(
          'model',
          `detect-language has the model ${model.facts.name} and was given states of ${encodedBy}; name one model for both.`,
        );
      }
      const found = await detect(model, states, positions, among);
      return {
        kind: 'language-posterior',
        id,
        origin,
        languages: found.map(({ language }) => language),
        probabilities: found.map(({ probability }) => probability),
      };
    };
  },
);
