/**
 * Recognises utterances while they are spoken: partial texts, which may change, and final texts, which never do
 * (`src/live/recogniser.ts`). Beside them go readings of the voice, and markers where audio was lost.
 */
import { z } from 'zod';
import { defaultTranscribeOptions as defaults } from '../decoding/options.ts';
import { loadListener } from '../language/calibrators/listener.ts';
import { scriptConverter } from '../language/script.ts';
import { alignAtt, localAgreement } from '../live/agreement.ts';
import { createRecogniser } from '../live/recogniser.ts';
import { wordKey } from '../live/word-key.ts';
import type { AnyRecord } from '../records.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { languageOptions, languageSettings } from './language-options.ts';
import { modelOptions } from './model-options.ts';

const { nBest: _, languagePrompt, ...languages } = languageOptions;
const count = z.int().min(1).max(64);
const seconds = z.number().nonnegative();

export const recogniseSpeech = defineOperator(
  {
    name: 'recognise-speech',
    summary: 'Recognises utterances while they are spoken: partial texts at once, final texts when they are sure.',
    shape: 'session',
    input: 'speech',
    output: 'any',
    options: z.strictObject({
      ...modelOptions,
      ...languages,
      // A mixture takes a third more time for every step.
      languagePrompt: languagePrompt.unwrap().default('single').describe(languagePrompt.description!),
      wordCalibrator: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe(
          'Trained acoustic calibrator that is asked for the language of the sound of each word, beside the search, which it neither changes nor slows: its file, its name under models/calibrators/, or auto (the one that comes with diglot, where it was made for model and languages). null asks none.',
        ),
      commit: z
        .enum(['agreement', 'attention', 'utterance'])
        .default('agreement')
        .describe(
          'When words become final: when successive texts agree on them (LocalAgreement), when the decoder attends well before the end of the audio (AlignAtt), or when their utterance is over.',
        ),
      agreeing: z.int().min(2).max(8).default(2).describe('Agreement: successive texts that must agree.'),
      marginSeconds: seconds
        .default(1.2)
        .describe('Seconds before the end of what has been heard in which no word becomes final.'),
      openSeconds: z
        .number()
        .min(2)
        .max(12)
        .default(4)
        .describe('Seconds after its end at which a word becomes final whether texts agree on it or not.'),
      stepSeconds: z
        .number()
        .positive()
        .default(0.3)
        .describe('Seconds of new audio between the beginnings of two decodings, at least.'),
      foresightSeconds: z
        .number()
        .positive()
        .default(0.2)
        .describe('Seconds of silence behind which an utterance is decoded as if it were over.'),
      partialBeamSize: count
        .default(5)
        .describe('Live hypotheses of texts that may still change; with 1 stretches of a second language go missing.'),
      beamSize: count.default(defaults.beamSize).describe('Live hypotheses of the last text of an utterance.'),
      temperature: z
        .array(z.number().min(0).max(2))
        .min(1)
        .default([0])
        .describe('Temperatures tried for the last text of an utterance until it is plausible.'),
      slack: z.number().min(0).max(30).default(4).describe('Seconds of silence that are encoded behind the audio.'),
      longestSeconds: z
        .number()
        .min(4)
        .max(24)
        .default(12)
        .describe('Seconds of audio in the rolling window, before its beginning moves to the end of a final word.'),
      keptSeconds: z.number().min(1).max(12).default(5).describe('Seconds of audio that stay in it then.'),
      silenceSeconds: seconds
        .default(0.6)
        .describe(
          'Seconds between the audio of one utterance and that of the next behind which the window begins anew.',
        ),
      promptTokens: z
        .int()
        .min(0)
        .max(200)
        .default(64)
        .describe('Tokens of the text before the window that the decoder is told.'),
      script: z
        .enum(['simplified', 'traditional', 'as-is'])
        .default('simplified')
        .describe('Script of Chinese text: simplified, traditional (Taiwan), or as the model wrote it.'),
      computation: z
        .enum(['aware', 'unaware'])
        .default('aware')
        .describe(
          'aware decodes beside the audio that comes meanwhile; unaware as if it took no time, so that a recording always gives the same texts.',
        ),
      mostLagSeconds: z
        .number()
        .positive()
        .default(10)
        .describe('Seconds of undecoded speech at which new audio must wait, and a live source drops its oldest.'),
    }),
    checkpoint: 'no',
  },
  async (options, context) => {
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    const fold = await scriptConverter('simplified');
    const convert = options.script === 'as-is' ? (text: string) => text : await scriptConverter(options.script);
    const settings = await languageSettings({ ...options, nBest: 0 }, model);
    const { wordCalibrator } = options;
    const hearing = {
      ...defaults,
      ...settings,
      listener: wordCalibrator === null ? null : await loadListener(wordCalibrator, model.facts, settings.languages),
      window: { kind: 'fit', slack: options.slack },
      temperatures: [0],
    } as const;
    const policies = {
      agreement: () => localAgreement({ texts: options.agreeing, margin: options.marginSeconds }),
      attention: () => alignAtt(options.marginSeconds),
      utterance: () => ({ hear: () => 0, reset: () => undefined }),
    };
    const recogniser = createRecogniser(model, {
      ...options,
      context: options,
      partial: { ...hearing, beamSize: options.partialBeamSize },
      final: { ...hearing, beamSize: options.beamSize, temperatures: options.temperature },
      policy: policies[options.commit](),
      openSeconds: options.commit === 'utterance' ? Infinity : options.openSeconds,
      keyOf: (word) => wordKey(fold(word)),
      convert,
      now: () => performance.now() / 1000,
      signal,
    });
    context.onClose(() => recogniser.settle().catch(() => undefined));

    return {
      async chunk(chunk) {
        const { origin, id, level, probability, utterance } = chunk;
        const given: AnyRecord[] = [];
        if (origin.gap) {
          await recogniser.settle();
          given.push(...recogniser.take(), { kind: 'gap', id, origin, gap: origin.gap });
        }
        await recogniser.hear(chunk);
        const { lag } = recogniser;
        given.push({ kind: 'activity', id, origin, level, probability, speaking: utterance > 0, lag });
        return [...given, ...recogniser.take()];
      },
      async flush() {
        await recogniser.settle();
        return recogniser.take();
      },
    };
  },
);
