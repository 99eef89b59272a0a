/**
 * The side of an utterance that training has to hit: its reference in the model's tokens, the language class of every
 * token, and the prompt under which it is written. What is heard is the window that decoding would encode (`fit`).
 */
import { z } from 'zod';
import { tagChoices } from '../training/label-text.ts';
import { openLabeller } from '../training/label-utterance.ts';
import { defineOperator } from './define-operator.ts';
import { languageOptions } from './language-options.ts';
import { modelOptions } from './model-options.ts';

const share = z.number().min(0).max(1);

export const labelLanguage = defineOperator(
  {
    name: 'label-language',
    summary: 'Makes a training utterance of a log-mel and its reference: tokens with their languages, behind a prompt.',
    shape: 'each',
    input: 'log-mel',
    output: 'training-utterance',
    incidental: ['offline', 'cacheFolder'],
    options: z.strictObject({
      model: modelOptions.model,
      offline: modelOptions.offline,
      cacheFolder: modelOptions.cacheFolder,
      languages: languageOptions.languages,
      tag: z
        .enum(tagChoices)
        .default('drawn')
        .describe(
          "Language tag of the prompt: drawn by the languages' shares of the tokens, that of the majority, or all tags joined.",
        ),
      anyTag: share
        .default(0)
        .describe(
          'Share of the utterances whose tag is drawn among all languages, whatever is said: detection errs too.',
        ),
      timestamps: share
        .default(0.5)
        .describe(
          'Share of the utterances that are written with the times of their beginning and end, as decoding may ask.',
        ),
      slack: z.number().min(0).max(30).default(2).describe('Seconds of silence behind the audio.'),
      seed: z.int().default(1).describe('Decides, with the id, over tag and timestamps.'),
    }),
    checkpoint: 'stateless',
  },
  async (options, { note, signal }) => {
    const labeller = await openLabeller(options.model, { ...options, note, signal });
    return (mel) => labeller.label(mel.id, mel.origin, mel);
  },
);
