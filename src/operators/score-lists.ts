/**
 * A second pass over stored n-best lists: what other models, adapters or several models together give every candidate,
 * teacher-forced, as a score with a name beside the candidate's own. `rescore` and `sweep-weights` weigh it. Options of
 * prompts and filters must be those of the decoding: then the model that decoded gives the lists their own scores
 * (method-specs I15). Two things are not known of a stored list: that the guard decoded it under another tag, and that
 * `fit` was given up for a full window.
 */
import { z } from 'zod';
import { SAMPLE_RATE } from '../audio/mel-spectrogram.ts';
import { averages, averageScore } from '../decoding/average-scores.ts';
import { withScore } from '../decoding/list-scores.ts';
import { scoreLists as scoresOf } from '../decoding/score-lists.ts';
import { RecordError } from '../errors.ts';
import type { Hypothesis } from '../records.ts';
import { languageCode } from '../whisper/languages.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { languageName, languageOptions, languageSettings } from './language-options.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';
import { promptOptions } from './prompt-options.ts';

const { nBest: _searched, ...languageScoring } = languageOptions;
const { model: _model, adapter: _adapter, ...computing } = modelOptions;

export const scoreLists = defineOperator(
  {
    name: 'score-lists',
    summary: 'Adds to stored n-best lists what other models, adapters or an ensemble give every candidate.',
    shape: 'each',
    input: { hypothesis: 'hypothesis', waveform: 'waveform' },
    output: 'hypothesis',
    incidental: incidentalModelOptions,
    options: z.strictObject({
      name: z
        .string()
        .regex(/^[^=\s]+$/, 'expected a name without spaces and "="')
        .default('model')
        .describe('Name of the score, by which it is given a weight: scoreWeights: ["model=1"].'),
      models: z
        .array(z.string().min(1))
        .min(1)
        .default(['whisper-base-int8'])
        .describe(
          'Models that score, as every operator names them, with adapters behind a plus: ["whisper-small", "whisper-small+my-lora@0.7"]. Several are an ensemble.',
        ),
      average: z
        .enum(averages)
        .default('token')
        .describe(
          'What several models give together: token, the mean of their probabilities at every token; sequence, that of the whole candidate.',
        ),
      ...computing,
      among: z
        .array(languageName)
        .default([])
        .describe(
          'Languages that detect-language chose among in decoding; where they are several, the prompts of auto are mixed as they were then.',
        ),
      ...promptOptions,
      ...languageScoring,
      window: z.enum(['full', 'fit']).default('full').describe('How much was encoded, as the option of encode.'),
      slack: z.number().min(0).default(4).describe('Seconds of silence behind the audio in a "fit" window.'),
    }),
    checkpoint: 'stateless',
  },
  async ({ name, models, average, slack, ...options }, context) => {
    const { note, signal, provenance } = context;
    const window = options.window === 'full' ? ({ kind: 'full' } as const) : ({ kind: 'fit', slack } as const);
    const among = options.among.map((language) => languageCode(language)!);
    const scorers: ((hypothesis: Hypothesis, samples: Float32Array) => Promise<Float64Array[][]>)[] = [];
    for (const named of models) {
      const [place, ...adapter] = named.split('+') as [string, ...string[]];
      const { model, release } = await acquireModel(place, { ...options, adapter, note, signal, provenance });
      context.onClose(release);
      const settings = await languageSettings({ ...options, nBest: 0 }, model);
      // A single prompt has the tag that the hypothesis was decoded under; several are weighed by what is heard.
      const { languagePrompt } = options;
      const isSingle = languagePrompt === 'single' || (languagePrompt === 'auto' && among.length < 2);
      scorers.push((hypothesis, samples) => {
        const language = isSingle ? hypothesis.language : null;
        return scoresOf(model, samples, hypothesis, { ...options, ...settings, among, language, window });
      });
    }
    return async ({ hypothesis, waveform }) => {
      const { id, nBest } = hypothesis;
      if (nBest === null) {
        throw new RecordError(
          'no-lists',
          `${id} has no n-best lists; decode with nBest, as pipelines/decode-nbest.json does.`,
        );
      }
      if (waveform.sampleRate !== SAMPLE_RATE) {
        const message = `${waveform.origin.path} is at ${waveform.sampleRate} Hz; put "resample" before "score-lists".`;
        throw new RecordError('sample-rate', message);
      }
      const scored: Float64Array[][][] = [];
      for (const score of scorers) scored.push(await score(hypothesis, waveform.samples));
      const lists = nBest.map((list, at) =>
        withScore(list, name, (candidate) =>
          averageScore(
            scored.map((model) => model[at]![candidate]!),
            average,
          ),
        ),
      );
      return { ...hypothesis, nBest: lists };
    };
  },
);
