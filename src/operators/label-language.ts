/**
 * The side of an utterance that training has to hit: its reference in the model's tokens, the language class of every
 * token, and the prompt under which it is written. What is heard is the window that decoding would encode (`fit`).
 */
import { z } from 'zod';
import { logMelWindow } from '../audio/mel-spectrogram.ts';
import { windowFrames } from '../decoding/windows.ts';
import { RecordError, UsageError } from '../errors.ts';
import { languageSet } from '../language/language-set.ts';
import { tokenLanguages } from '../language/token-language.ts';
import { randomNumbersFor } from '../random-numbers.ts';
import { labelText, tagChoices } from '../training/label-text.ts';
import { findModel } from '../whisper/find-model.ts';
import { languageCode } from '../whisper/languages.ts';
import { openModel } from '../whisper/open-model.ts';
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
  async ({ slack, seed, ...options }, { note, signal }) => {
    const place = await findModel(options.model, { ...options, note, signal });
    const { facts, tokenizer, source } = await openModel(place, options.model);
    await source.close();
    const set = languageSet(options.languages.map((language) => languageCode(language)!));
    const unknown = set.languages.find((language) => !tokenizer.languages.has(language));
    if (unknown !== undefined) throw new UsageError('language', `${options.model} has no tag for ${unknown}.`);
    const languages = tokenLanguages(tokenizer, set);
    return (mel) => {
      const { id, origin, bands, frames: heard } = mel;
      if (bands !== facts.bands) {
        throw new UsageError(
          'bands',
          `label-language: ${options.model} hears ${facts.bands} bands and is given ${bands}.`,
        );
      }
      if (heard > 2 * facts.audioPositions) {
        const limit = facts.audioPositions / 50;
        throw new RecordError('too-long', `${origin.path} has more than ${limit} s; put "segment" or "filter" before.`);
      }
      const frames = windowFrames({ kind: 'fit', slack }, heard, facts.audioPositions);
      const window = { bands, frames, logMel: logMelWindow(mel, 0, frames, 'zero') };
      const duration = heard / 100;
      const random = randomNumbersFor(seed, `label ${id}`);
      const { reference } = origin;
      const label = labelText(tokenizer, languages, reference ?? '', duration, facts.textPositions, options, random);
      return { kind: 'training-utterance', id, origin, ...window, duration, ...label };
    };
  },
);
