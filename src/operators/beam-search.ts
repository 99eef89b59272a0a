/**
 * Speech to text: Whisper's beam search with temperature fallback over a recording of any length, as openai-whisper
 * 20250625 transcribes. Options have its names in camel case and the defaults of its command line (beam 5).
 */
import { z } from 'zod';
import { defaultTranscribeOptions as defaults, type TranscribeOptions } from '../decoding/options.ts';
import { transcribe } from '../decoding/transcribe.ts';
import { UsageError } from '../errors.ts';
import type { Segment } from '../records.ts';
import { languageCode } from '../whisper/languages.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { languageName, languageOptions, languageSettings } from './language-options.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';
import { promptOptions } from './prompt-options.ts';

const threshold = z.number().nullable();
const count = z.int().min(1).max(64);

const options = z.strictObject({
  ...modelOptions,
  ...promptOptions,
  language: languageName
    .nullable()
    .default(null)
    .describe(
      'The one language that is spoken, as a code or English name ("zh", "chinese"); null goes by the port "language", or detects it, and allows for all of `languages`.',
    ),
  ...languageOptions,
  beamSize: count.default(defaults.beamSize).describe('Live hypotheses at temperature 0; 1 is greedy.'),
  patience: z
    .number()
    .positive()
    .max(64)
    .default(defaults.patience)
    .describe('The beam ends at beamSize x patience ended hypotheses.'),
  bestOf: count.default(defaults.bestOf).describe('Samples at a temperature above 0, of which the best is kept.'),
  lengthPenalty: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(defaults.lengthPenalty)
    .describe('Exponent of the length penalty (Wu et al. 2016); null ranks hypotheses by mean log-probability.'),
  temperature: z
    .array(z.number().min(0).max(2))
    .min(1)
    .default([...defaults.temperatures])
    .describe('Temperatures tried one after another until the text is plausible; 0 searches, above 0 samples.'),
  seed: z.int().default(defaults.seed).describe('Fixes the samples: the same seed gives the same text.'),
  compressionRatioThreshold: threshold
    .default(defaults.compressionRatioThreshold)
    .describe(
      'UTF-8 bytes over zlib bytes above which a text is a loop and the next temperature is tried; null never.',
    ),
  logProbabilityThreshold: threshold
    .default(defaults.logProbabilityThreshold)
    .describe('Mean log-probability of the tokens (natural) below which the next temperature is tried; null never.'),
  noSpeechThreshold: threshold
    .default(defaults.noSpeechThreshold)
    .describe('Probability of no speech above which an improbable text is taken for silence; null never.'),
  wordTimestamps: z
    .boolean()
    .default(defaults.wordTimestamps)
    .describe('Tell when each word is said, from cross-attention.'),
  prependPunctuations: z
    .string()
    .default(defaults.prependPunctuations)
    .describe('Marks that belong to the word behind them.'),
  appendPunctuations: z
    .string()
    .default(defaults.appendPunctuations)
    .describe('Marks that belong to the word before them.'),
  hallucinationSilenceThreshold: z
    .number()
    .min(0)
    .nullable()
    .default(defaults.hallucinationSilenceThreshold)
    .describe('Seconds of silence around made-up text that are skipped; null never. Needs wordTimestamps.'),
  clipTimestamps: z
    .array(z.number().min(0))
    .default([...defaults.clipTimestamps])
    .describe('Seconds from the beginning of the utterance: start, end, start, end, ... of what is transcribed.'),
  guard: z
    .boolean()
    .default(defaults.guard)
    .describe(
      'Decode a window again under other language tags where its text is in one declared language and its sound in another, unless that very sound chose the tag.',
    ),
});

export const beamSearch = defineOperator(
  {
    name: 'beam-search',
    summary: 'Turns encoded speech into text with times.',
    shape: 'each',
    input: { encoding: 'encoding', language: 'language-posterior?' },
    output: 'hypothesis',
    incidental: incidentalModelOptions,
    options: options.refine(
      ({ hallucinationSilenceThreshold, wordTimestamps }) => hallucinationSilenceThreshold === null || wordTimestamps,
      { path: ['hallucinationSilenceThreshold'], message: 'needs wordTimestamps: true' },
    ),
    checkpoint: 'stateless',
  },
  async ({ temperature: temperatures, ...options }, context) => {
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    let fullWindows = 0;
    let guardedWindows = 0;
    context.onClose(() => {
      if (guardedWindows > 0) {
        note(
          `beam-search decoded ${guardedWindows} windows again, because the sound contradicted the language of their text; "guard" switches this off.`,
        );
      }
      if (fullWindows > 0)
        note(
          `beam-search decoded ${fullWindows} windows once more in full, because "fit" failed at every temperature.`,
        );
    });
    const wanted: Omit<TranscribeOptions, 'window'> = {
      ...options,
      ...(await languageSettings(options, model)),
      temperatures,
      language: options.language === null ? null : languageCode(options.language)!,
    };
    return async ({ encoding, language: posterior }, call) => {
      const { id, origin, logMel, window } = encoding;
      if (encoding.model !== model.facts.name) {
        throw new UsageError(
          'model',
          `beam-search has the model ${model.facts.name} and was given states of ${encoding.model}; name one model for both.`,
        );
      }
      const { languages, probabilities } = posterior ?? { languages: [], probabilities: [] };
      const { fullWindows: again, ...transcript } = await transcribe(
        model,
        logMel,
        { ...wanted, window },
        {
          first: encoding,
          heard: languages.map((language, i) => ({ language, probability: probabilities[i]! })),
          signal: call.signal,
        },
      );
      fullWindows += again;
      guardedWindows += transcript.guardedWindows;
      return {
        ...transcript,
        kind: 'hypothesis',
        id,
        origin,
        model: model.facts.name,
        segments: transcript.segments.map((segment) => later(segment, origin.start)),
        languageSpans: transcript.languageSpans.map((span) => moved(span, origin.start)),
      };
    };
  },
);

/** A piece with its times moved on by `seconds`, from those of the utterance to those of the recording. */
function moved<T extends { readonly start: number; readonly end: number }>(piece: T, seconds: number): T {
  return { ...piece, start: piece.start + seconds, end: piece.end + seconds };
}

function later(segment: Segment, seconds: number): Segment {
  return { ...moved(segment, seconds), words: segment.words?.map((word) => moved(word, seconds)) ?? null };
}
