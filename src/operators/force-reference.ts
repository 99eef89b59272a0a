/**
 * Teacher forcing as an operator: the reference is fed to the decoder, and the hypothesis is what it would have said at
 * each token. No recogniser: it shows how far the right words are, and what knowing the languages would mend at most.
 */
import { z } from 'zod';
import { forcedReference } from '../decoding/forced-reference.ts';
import { RecordError } from '../errors.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';

export const forceReference = defineOperator(
  {
    name: 'force-reference',
    summary: 'Feeds the reference to the decoder and writes what it would have said at each of its tokens.',
    shape: 'each',
    input: { encoding: 'encoding', language: 'language-posterior' },
    output: 'hypothesis',
    incidental: incidentalModelOptions,
    options: z.strictObject({
      ...modelOptions,
      languages: z
        .array(z.string())
        .min(1)
        .default(['zh', 'en'])
        .describe('Languages that are told apart, by the scripts that they are written in.'),
      told: z
        .enum(['nothing', 'languages'])
        .default('nothing')
        .describe(
          'What the scores know beside the model: nothing, or the true language of every token, which no calibrator can better.',
        ),
    }),
    checkpoint: 'stateless',
  },
  async ({ languages, told, ...options }, context) => {
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    const forced = forcedReference(model, languages);
    return async ({ encoding, language: posterior }) => {
      const { id, origin, logMel } = encoding;
      const [language] = posterior.languages;
      if (origin.reference === null || language === undefined) {
        throw new RecordError(
          'no-reference',
          `${origin.path} (${id}) has no reference; give its text in the manifest.`,
        );
      }
      if (logMel.frames > 2 * model.facts.audioPositions) {
        throw new RecordError(
          'too-long',
          `${origin.path} (${id}) is longer than one window; cut the manifest into utterances of at most 30 s.`,
        );
      }
      const segment = await forced(encoding, origin.reference, origin.duration, {
        language,
        isOracle: told === 'languages',
      });
      return {
        kind: 'hypothesis',
        id,
        origin,
        model: model.facts.name,
        language,
        languageProbability: posterior.probabilities[0] ?? null,
        languages,
        text: segment.text.trim(),
        segments: [{ ...segment, start: origin.start, end: origin.start + segment.end }],
        languageSpans: [],
        guardedWindows: 0,
        nBest: null,
      };
    };
  },
);
