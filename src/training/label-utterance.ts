/** An utterance as training reads it, from its log-mel and its reference. */
import { logMelWindow, type MelSpectrogram } from '../audio/mel-spectrogram.ts';
import { windowFrames } from '../decoding/windows.ts';
import { RecordError, UsageError } from '../errors.ts';
import { languageSet, type LanguageSet } from '../language/language-set.ts';
import { tokenLanguages } from '../language/token-language.ts';
import { randomNumbersFor } from '../random-numbers.ts';
import type { Origin, TrainingUtterance } from '../records.ts';
import { findModel } from '../whisper/find-model.ts';
import type { HubOptions } from '../whisper/hub.ts';
import { languageCode } from '../whisper/languages.ts';
import { openModel } from '../whisper/open-model.ts';
import type { ModelFacts } from '../whisper/speech-model.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import { labelText, type LabelOptions } from './label-text.ts';

export interface LabelUtteranceOptions extends LabelOptions {
  /** Declared languages: Whisper's codes or English names. */
  readonly languages: readonly string[];
  /** Seconds of silence behind the audio. */
  readonly slack: number;
  readonly seed: number;
}

export interface Labeller {
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  readonly set: LanguageSet;
  /**
   * @throws RecordError `no-reference`, `too-long`, `too-many-tokens`
   * @throws UsageError `bands` when the log-mel is for other models.
   */
  label(id: string, origin: Origin, mel: MelSpectrogram): TrainingUtterance;
}

/** @throws UsageError `model`, `tokenizer`, `languages`; `language` when the model has no tag for one of them. */
export async function openLabeller(model: string, options: LabelUtteranceOptions & HubOptions): Promise<Labeller> {
  const { facts, tokenizer, source } = await openModel(await findModel(model, options), model);
  await source.close();
  const set = languageSet(options.languages.map((language) => languageCode(language) ?? language));
  const unknown = set.languages.find((language) => !tokenizer.languages.has(language));
  if (unknown !== undefined) throw new UsageError('language', `${model} has no tag for the language ${unknown}.`);
  const languages = tokenLanguages(tokenizer, set);
  const { slack, seed } = options;
  return {
    facts,
    tokenizer,
    set,
    label(id, origin, mel) {
      const { bands, frames: heard } = mel;
      if (bands !== facts.bands) {
        throw new UsageError(
          'bands',
          `${model} hears ${facts.bands} bands and is given ${bands}; set "bands" of log-mel.`,
        );
      }
      if (heard > 2 * facts.audioPositions) {
        const limit = facts.audioPositions / 50;
        throw new RecordError('too-long', `${origin.path} has more than ${limit} s; put "segment" or "filter" before.`);
      }
      const frames = windowFrames({ kind: 'fit', slack }, heard, facts.audioPositions);
      const logMel = logMelWindow(mel, 0, frames, 'zero');
      const duration = heard / 100;
      const random = randomNumbersFor(seed, `label ${id}`);
      const text = origin.reference ?? '';
      const label = labelText(tokenizer, languages, text, duration, facts.textPositions, options, random);
      return { kind: 'training-utterance', id, origin, logMel, bands, frames, duration, ...label };
    },
  };
}
