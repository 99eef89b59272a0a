/** Which languages a recording is decoded for: under which prompts, and with which scorer in each of its windows. */
import { UsageError } from '../errors.ts';
import type { Calibrator } from '../language/calibrator.ts';
import { detectInSession, detectLanguage, type LanguageProbability } from '../language/detect.ts';
import { languageSet } from '../language/language-set.ts';
import type { RescoringOptions } from '../language/rescoring.ts';
import { tokenLanguages, type TokenLanguages } from '../language/token-language.ts';
import type { DecoderSession, Evidence, SpeechModel } from '../whisper/speech-model.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import { languageScorer } from './language-scorer.ts';
import { plainScorer, type Scorer } from './scorer.ts';
import type { States } from './windows.ts';

export const languagePrompts = ['auto', 'single', 'joined', 'mixture'] as const;
export type LanguagePrompt = (typeof languagePrompts)[number];

export interface LanguageOptions {
  /** Whisper's code of the one language that is spoken; null detects it, and allows for all that are declared. */
  readonly language: string | null;
  /** Codes of the languages that one utterance may hold, in the order of the tags of a joined prompt. */
  readonly languages: readonly string[];
  /**
   * What the decoder is told where several languages may be spoken: the detected one (`single`), all of them in one prompt
   * (`joined`), or each in a prompt of its own, whose probabilities are mixed (`mixture`). `auto` mixes where detection chose
   * among the declared languages alone, and takes the detected one where it chose among all: who names the languages of a
   * recording expects them to be mixed in it.
   */
  readonly languagePrompt: LanguagePrompt;
  readonly rescoring: RescoringOptions;
  /** Gives q in every window; null where nothing needs it. */
  readonly calibrator: Calibrator | null;
  /** Gives the weights of a mixture in every window; null leaves them to `calibrator`. Without that it gives q as well. */
  readonly mixtureWeights: Calibrator | null;
}

/** What holds for a whole recording. */
export interface SpokenLanguages {
  /** The given language, or the most probable one at the beginning. */
  readonly language: string;
  /** Null where the language was given. */
  readonly languageProbability: number | null;
  /** The declared languages; null where `language` is none of them, and nothing is known of its tokens. */
  readonly declared: TokenLanguages | null;
  /** Language tags of each prompt. */
  readonly tags: readonly (readonly string[])[];
  /** Which of the prompts is ranked by; null mixes them. */
  readonly prompt: number | null;
  /** Null where nothing needs q, or the model has no tags for the declared languages. */
  readonly calibrator: Calibrator | null;
  /** Null where the prompts are not mixed, or are mixed by the calibrator's q. */
  readonly mixtureWeights: Calibrator | null;
  /** Detected probability of each declared language at the beginning; null where nobody listened. They sum to 1. */
  readonly detected: readonly number[] | null;
}

/**
 * @param heard Most probable first, where it is known already; a declared language that is not among them is not looked for.
 * @param first Encodes the beginning of the recording, where it must be heard.
 * @throws UsageError `languages` when the declared ones cannot be told apart, `calibrator` when it cannot go with the prompt.
 */
export async function chooseLanguages(
  model: SpeechModel,
  { language: given, languages, languagePrompt, rescoring, calibrator, mixtureWeights }: LanguageOptions,
  heard: readonly LanguageProbability[] | null,
  first: () => Promise<States>,
): Promise<SpokenLanguages> {
  const [best, several, restricted, detected] =
    given === null ? await hear() : [{ language: given, probability: null }, false, false, null];
  const { language, probability: languageProbability } = best;
  const declared = languages.includes(language) ? declaredLanguages(model.tokenizer, languages) : null;
  const automatic = restricted && (calibrator ?? mixtureWeights) !== null ? 'mixture' : 'single';
  const wished = languagePrompt === 'auto' ? automatic : languagePrompt;
  const prompting = several ? wished : 'single';
  const told = prompting === 'mixture' ? (calibrator ?? mixtureWeights) : calibrator;
  const wanted = declared !== null && languages.every((one) => model.tokenizer.languages.has(one)) ? told : null;
  // To run all prompts only to note q would double the work.
  const used = wanted?.needsPrompts === true && prompting !== 'mixture' && !needsQ(rescoring) ? null : wanted;
  const needsPrompts = used?.needsPrompts === true;
  if (prompting === 'joined' && needsPrompts) {
    throw new UsageError(
      'calibrator',
      `The calibrator ${used.name} compares the prompts of the languages; take the language prompt single or mixture.`,
    );
  }
  const apart = languages.map((one) => [one]);
  const choices = {
    single: needsPrompts ? { tags: apart, prompt: languages.indexOf(language) } : { tags: [[language]], prompt: 0 },
    joined: { tags: [languages], prompt: 0 },
    mixture: { tags: apart, prompt: null },
  };
  const mixing = prompting === 'mixture' && used !== null && used !== mixtureWeights ? mixtureWeights : null;
  const choice = choices[prompting];
  return { language, languageProbability, declared, calibrator: used, mixtureWeights: mixing, detected, ...choice };

  /**
   * The language at the beginning, whether any of the declared ones may follow, whether who listened before chose among them
   * alone, and how probable each of them is.
   */
  async function hear(): Promise<[LanguageProbability, boolean, boolean, readonly number[] | null]> {
    let found = heard ?? [];
    if (found.length === 0) {
      const { states, positions } = await first();
      found = await detectLanguage(model, states, positions);
    }
    const [most] = found as [LanguageProbability, ...LanguageProbability[]];
    const known = languages.every((declared) => found.some(({ language: one }) => one === declared));
    return [
      most,
      languages.length > 1 && known && languages.includes(most.language),
      known && found === heard && found.length === languages.length,
      known ? sharesOf(found, languages) : null,
    ];
  }
}

/**
 * Scorer of one window, whose session is open; the session must begin anew, with prefill, behind it.
 *
 * @param isHeard Whether the window is the one in which the languages were detected.
 */
export async function openScorer(
  model: SpeechModel,
  session: DecoderSession,
  window: States & { readonly heard: number },
  { declared, prompt, calibrator, mixtureWeights, detected: atBeginning }: SpokenLanguages,
  rescoring: RescoringOptions,
  isHeard: boolean,
): Promise<Scorer> {
  if (declared === null) return plainScorer;
  const { languages } = declared.set;
  const options = { ...rescoring, prompt };
  if (calibrator === null) return languageScorer(model.tokenizer, declared, options, null);
  const detected =
    (isHeard ? atBeginning : null) ?? sharesOf(await detectInSession(session, model, languages), languages);
  const opened = await calibrator.open({ model, ...window, detected });
  const weights = mixtureWeights && (await mixtureWeights.open({ model, ...window, detected }));
  return languageScorer(model.tokenizer, declared, options, opened, weights);
}

/** What the decoder must tell beside probabilities. */
export function evidenceNeeded({
  calibrator,
  mixtureWeights,
}: Pick<SpokenLanguages, 'calibrator' | 'mixtureWeights'>): Evidence {
  const needs = [calibrator, mixtureWeights].map((one) => one?.needs);
  return {
    states: needs.some((need) => need?.states === true),
    attention: needs.some((need) => need?.attention === true),
  };
}

/** Probabilities in the order of `languages`, which share out 1. */
function sharesOf(heard: readonly LanguageProbability[], languages: readonly string[]): number[] {
  const found = languages.map((language) => heard.find((one) => one.language === language)!.probability);
  const sum = found.reduce((total, probability) => total + probability, 0);
  return found.map((probability) => (sum > 0 ? probability / sum : 1 / languages.length));
}

/** Whether the language terms have q in them. */
export function needsQ({ mode, weight }: RescoringOptions): boolean {
  return weight > 0 && mode !== 'plain' && mode !== 'internal';
}

const known = new WeakMap<Tokenizer, Map<string, TokenLanguages>>();

/** The map of a whole vocabulary takes a tenth of a second; every recording of a run needs the same. */
function declaredLanguages(tokenizer: Tokenizer, languages: readonly string[]): TokenLanguages {
  const maps = known.get(tokenizer) ?? new Map<string, TokenLanguages>();
  known.set(tokenizer, maps);
  const key = languages.join();
  const found = maps.get(key) ?? tokenLanguages(tokenizer, languageSet(languages));
  maps.set(key, found);
  return found;
}
