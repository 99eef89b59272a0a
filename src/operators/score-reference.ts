/**
 * Teacher forcing for measuring: the reference goes through the decoder under the prompt and the language terms of a
 * system, and what the model and its calibrator gave its tokens goes on with the system's hypothesis. `score` makes the
 * likelihood and the calibration of tokens and languages of it, which do not depend on what a search made of the audio, so
 * that a and q are compared on the same decisions (method-specs 3.6, 8.6).
 */
import { z } from 'zod';
import { scoreTokens } from '../decoding/score-tokens.ts';
import { chooseLanguages, evidenceNeeded, openScorer } from '../decoding/spoken-languages.ts';
import { UsageError } from '../errors.ts';
import { referenceTokens } from '../language/reference-tokens.ts';
import { acquireModel } from '../whisper/load-model.ts';
import { defineOperator } from './define-operator.ts';
import { languageOptions, languageSettings } from './language-options.ts';
import { incidentalModelOptions, modelOptions } from './model-options.ts';

const { nBest: _searched, ...scoring } = languageOptions;

/** A reference has no timestamps, and every token of it may come. */
const prompting = { task: 'transcribe', withoutTimestamps: true, prefix: null, sampleLength: null } as const;
const unfiltered = { suppressBlank: false, suppressTokens: [], maxInitialTimestamp: null } as const;

export const scoreReference = defineOperator(
  {
    name: 'score-reference',
    summary: 'Adds to a hypothesis how probable the tokens and the languages of its reference were, teacher-forced.',
    shape: 'each',
    input: { hypothesis: 'hypothesis', encoding: 'encoding', language: 'language-posterior?' },
    output: 'hypothesis',
    incidental: incidentalModelOptions,
    options: z.strictObject({ ...modelOptions, ...scoring }),
    checkpoint: 'stateless',
  },
  async (options, context) => {
    const { note, signal, provenance } = context;
    const { model, release } = await acquireModel(options.model, { ...options, note, signal, provenance });
    context.onClose(release);
    const settings = await languageSettings({ ...options, nBest: 0 }, model);
    const { tokenizer, facts } = model;
    let passed = 0;
    context.onClose(() => {
      if (passed > 0) note(`score-reference passed ${passed} hypotheses on: no reference, or more than one window.`);
    });
    return async ({ hypothesis, encoding, language: posterior }) => {
      const { origin, language } = hypothesis;
      const { logMel, states, positions } = encoding;
      if (encoding.model !== model.facts.name) {
        throw new UsageError(
          'model',
          `score-reference has the model ${model.facts.name} and was given states of ${encoding.model}; name one model for both.`,
        );
      }
      const isPart = (origin.piece?.count ?? 1) > 1 || logMel.frames > 2 * facts.audioPositions;
      if (isPart || origin.reference === null || origin.reference.trim() === '') {
        passed++;
        return hypothesis;
      }
      const heard = posterior?.languages.map((one, i) => ({ language: one, probability: posterior.probabilities[i]! }));
      // A single prompt has the tag that the hypothesis was decoded under.
      const restricted = posterior?.languages.length === options.languages.length;
      const isSingle = options.languagePrompt === 'single' || (options.languagePrompt === 'auto' && !restricted);
      const given = isSingle ? language : null;
      const window = { states, positions, heard: Math.max(1, Math.min(positions, Math.ceil(logMel.frames / 2))) };
      const spoken = await chooseLanguages(model, { ...settings, language: given }, heard ?? null, async () => window);
      const session = await model.openDecoder(states, positions, evidenceNeeded(spoken));
      try {
        const scorer = await openScorer(model, session, window, spoken, settings.rescoring, true);
        const tokens = referenceTokens(tokenizer, origin.reference);
        const tools = { model, session, scorer };
        const forced = await scoreTokens(tools, { ...prompting, ...unfiltered, tags: spoken.tags }, tokens);
        return { ...hypothesis, forced };
      } finally {
        session.dispose();
      }
    };
  },
);
