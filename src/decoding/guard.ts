/**
 * The wrong-language guard: finds text in one language under speech of another. A Whisper model that is told the wrong
 * language translates instead of transcribing, fluently and with a high probability, so its own scores do not give it away;
 * the sound does. Text and sound are compared token by token, the sound's language being detected in short stretches and
 * carried to the token by attention (src/language/calibrators/acoustic.ts).
 */
import type { TokenScore } from '../records.ts';
import type { LanguageSet } from '../language/language-set.ts';

export interface GuardRule {
  /** Tokens of one language in a row that are looked at; fewer may be a name or a loan word. */
  readonly tokens: number;
  /** How many times less probable the written language is than another: the geometric mean over the run. */
  readonly odds: number;
  /** The same for a text in one language alone, by what is detected in the whole window. */
  readonly windowOdds: number;
}

/** Tokens in a row that are written in one language, with what the sound says of it. */
export interface WrittenRun {
  readonly language: string;
  readonly tokens: number;
  /** Mean over the tokens of log q[written] - log max q[another], natural. */
  readonly logOdds: number;
}

/** @param scores With `external`, q over the languages or the classes of the set. Tokens of no language end no run. */
export function writtenRuns(scores: readonly TokenScore[], { languages }: LanguageSet): WrittenRun[] {
  const runs: { language: string; logOdds: number[] }[] = [];
  for (const { language, external } of scores) {
    const written = languages.indexOf(language);
    if (written < 0 || external === null) continue;
    if (runs.at(-1)?.language !== language) runs.push({ language, logOdds: [] });
    const others = external.slice(0, languages.length).filter((_, index) => index !== written);
    runs.at(-1)!.logOdds.push(logOf(external[written]!) - logOf(Math.max(...others)));
  }
  return runs.map(({ language, logOdds }) => ({
    language,
    tokens: logOdds.length,
    logOdds: logOdds.reduce((sum, value) => sum + value, 0) / logOdds.length,
  }));
}

/** The runs that the sound contradicts. */
export function contradicted(runs: readonly WrittenRun[], { tokens, odds }: GuardRule): WrittenRun[] {
  return runs.filter((run) => run.tokens >= tokens && run.logOdds < -Math.log(odds));
}

/**
 * Whether no token can be contradicted, wherever it is heard: q of a token is a mean over the stretches, so it is never
 * below the least of them. Saves the pass that finds out where the tokens are heard.
 * @param stretches q over the languages, stretch after stretch.
 * @param written The languages of the text.
 */
export function cannotBeContradicted(
  stretches: readonly (readonly number[])[],
  written: ReadonlySet<string>,
  { languages }: LanguageSet,
  { odds }: GuardRule,
): boolean {
  return languages.every((language, index) => {
    if (!written.has(language)) return true;
    return stretches.every((q) => odds * q[index]! >= Math.max(...q.filter((_, other) => other !== index)));
  });
}

/**
 * Whether a text in one language alone stands under another one: a fluent translation of a whole sentence, which attends
 * where it likes.
 * @param detected Of the window as a whole, over the languages.
 */
export function writtenUnderAnother(
  written: ReadonlySet<string>,
  detected: readonly number[],
  { languages }: LanguageSet,
  { windowOdds }: GuardRule,
): boolean {
  const of = languages.flatMap((language, index) => (written.has(language) ? [index] : []));
  return of.length === 1 && detected.some((probability) => probability > windowOdds * detected[of[0]!]!);
}

function logOf(probability: number): number {
  return Math.log(Math.max(probability, 1e-8));
}
