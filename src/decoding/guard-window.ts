/** The wrong-language guard at one window: hears it in stretches, and decodes again what the sound contradicts. */
import type { CalibratedWindow } from '../language/calibrator.ts';
import { attendedStretches } from '../language/calibrators/acoustic.ts';
import { detectInSession } from '../language/detect.ts';
import { languageStretches, type StretchOptions } from '../language/stretches.ts';
import type { TokenLanguages } from '../language/token-language.ts';
import type { DecoderSession, SpeechModel } from '../whisper/speech-model.ts';
import type { WindowResult } from './decode-window.ts';
import { hasFailed, isSilence, type FallbackOptions } from './fallback.ts';
import { cannotBeContradicted, contradicted, writtenRuns, writtenUnderAnother, type GuardRule } from './guard.ts';
import { languageScorer, type LanguageScorerOptions } from './language-scorer.ts';
import { scoreTokens } from './score-tokens.ts';
import type { Scorer } from './scorer.ts';

/**
 * On 60 files of cs-tts train 2 of 114 runs of the references were contradicted at these odds, 7 at odds of 2, none at 5.
 */
export const guardRule: GuardRule = { tokens: 3, odds: 3, windowOdds: 9 };
/** Fewer stretches than the calibrator has, side by side: what is looked for is longer than a word. */
const stretching: StretchOptions = { stretch: 0.8, hop: 0.8, temperature: 2 };

/** Least q of a language: one token that was heard in the wrong place must not outweigh a sentence. */
const floor = 0.1;
const mixing: LanguageScorerOptions = {
  mode: 'plain',
  weight: 0,
  otherPolicy: 'neutral',
  fragmentPolicy: 'inherit',
  prompt: null,
};

/** What the guard needs of the decoding that it watches. */
export interface Guarded {
  readonly model: SpeechModel;
  readonly window: Omit<CalibratedWindow, 'model' | 'detected'>;
  readonly declared: TokenLanguages;
  /** The one language tag that the result was decoded under; null where it was several. */
  readonly tag: string | null;
  readonly options: FallbackOptions;
  /** Tokens of the text before the window. */
  readonly previous: readonly number[];
  /** Over the window, with attention as evidence. */
  readonly session: DecoderSession;
  /** Decodes the window in the session under other tags. */
  readonly decode: (tags: FallbackOptions['tags'], scorer: Scorer) => Promise<WindowResult>;
}

/**
 * A result whose text the sound contradicts is decoded again under each language alone and under the mixture of all of
 * them, at the first temperature, and what the judge finds best is kept; a loop or a guess only where all are.
 *
 * The judge is neither prompt's own: under the wrong tag a translation is more probable than the transcript. It is the
 * mixture of prompts weighted by q with the term log q[language of the token] added and normalised (method-specs 1.4,
 * `external` at weight 1), q from the sound. All texts are scored by this one distribution, by the mean over their tokens,
 * as a search without a length penalty ranks its candidates.
 * @returns The result to keep, and whether the window was decoded again.
 */
export async function guardWindow(
  result: WindowResult,
  { model, window, declared, tag, options, previous, session, decode }: Guarded,
): Promise<{ result: WindowResult; again: boolean }> {
  const { set } = declared;
  const { states, heard } = window;
  const kept = { result, again: false };
  const written = new Set(result.tokenScores.map(({ language }) => language));
  if (!canGuard(model, set.languages, options) || !set.languages.some((language) => written.has(language))) return kept;
  if (isSilence(result, options)) return kept;
  const stretches = await languageStretches(model, states, heard, set.languages, stretching);
  const overStretches = stretches.map(({ probabilities }) => probabilities);
  if (cannotBeContradicted(overStretches, written, set, guardRule)) return kept;

  const found = await detectInSession(session, model, set.languages);
  const detected = set.languages.map((language) => found.find((one) => one.language === language)!.probability);
  const underAnother = writtenUnderAnother(written, detected, set, guardRule);
  const sound = attendedStretches(stretches, heard, floor);
  const scorerOf = (terms: Partial<LanguageScorerOptions>): Scorer =>
    languageScorer(model.tokenizer, declared, { ...mixing, ...terms }, sound);
  const scoresOf = async (text: WindowResult, tags: FallbackOptions['tags'], scorer: Scorer) => {
    const tokens = text.tokenScores.map(({ token }) => token);
    return (await scoreTokens({ model, session, scorer }, { ...options, tags }, tokens, previous)).scores;
  };
  const promptOf = (tags: FallbackOptions['tags']): number | null => (tags.length > 1 ? null : 0);
  if (!underAnother) {
    const scores = await scoresOf(result, options.tags, scorerOf({ prompt: promptOf(options.tags) }));
    if (contradicted(writtenRuns(scores, set), guardRule).length === 0) return kept;
  }

  const all = set.languages.map((language) => [language]);
  const judge = scorerOf({ mode: 'external', weight: 1 });
  const judged = async (text: WindowResult) => {
    const scores = await scoresOf(text, all, judge);
    const mean = scores.reduce((sum, { score }) => sum + score, 0) / scores.length;
    return { text, mean, failed: hasFailed(text, options) };
  };
  let best = await judged(result);
  const others = set.languages.filter((language) => language !== tag);
  for (const tags of [...others.map((language) => [[language]]), all]) {
    const text = await decode(tags, scorerOf({ prompt: promptOf(tags) }));
    if (text.tokenScores.length === 0) continue;
    const other = await judged(text);
    if (other.failed === best.failed ? other.mean > best.mean : best.failed) best = other;
  }
  return { result: best.text, again: true };
}

/** A translation is meant to be in another language, and a model without the tags cannot tell which is spoken. */
function canGuard({ facts, tokenizer }: SpeechModel, languages: readonly string[], { task }: FallbackOptions): boolean {
  const known = facts.multilingual && languages.every((language) => tokenizer.languages.has(language));
  return known && languages.length > 1 && task === 'transcribe';
}
