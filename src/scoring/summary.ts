/** The figures of a system on a set of utterances: every rate with the counts that it is the quotient of. */
import { UsageError } from '../errors.ts';
import type { Score } from '../records.ts';
import type { ErrorCounts, LanguageCounts, ScoreCounts } from '../score-counts.ts';
import { calibrationOf, type Calibration } from './calibration.ts';
import { crossLanguageSubstitutions } from './confusion.ts';
import { mixingMeasures, type MixingMeasures } from './mixing.ts';
import { sumCounts } from './sum-counts.ts';
import { f1ByLanguage } from './teacher-forced.ts';

/** `rate` is null where there is nothing to divide by. */
export interface Rate {
  readonly count: number;
  readonly of: number;
  readonly rate: number | null;
}

/** `count` of errors `of` units of the reference; above 1 where more was inserted than was right. */
export interface ErrorRate extends Rate, ErrorCounts {}

/** Decisions about languages. */
export interface ForcedLanguages extends Calibration {
  /** Harmonic mean of precision and recall; null for a language that was neither there nor chosen. */
  readonly f1: Readonly<Record<string, number | null>>;
}

export interface Summary {
  readonly system: string;
  readonly profile: string;
  readonly languages: readonly string[];
  readonly utterances: number;
  /** Utterances with an error. */
  readonly sentenceErrorRate: Rate;
  /** A Han character is a unit, a word of another script is one. JiWER calls something else `mer`. */
  readonly mixedErrorRate: ErrorRate;
  readonly characterErrorRate: ErrorRate;
  /** By language and `other`; they add up to the mixed error rate's counts. */
  readonly byLanguage: Readonly<Record<string, ErrorRate>>;
  /** ESPnet's: the units of one language alone, aligned anew. Mandarin's is its CER, English's its WER. */
  readonly stripped: Readonly<Record<string, ErrorRate>>;
  /** Mixed error rate over the utterances of each type: a language, `mixed`, `other`. */
  readonly byUtteranceType: Readonly<Record<string, ErrorRate & { readonly utterances: number }>>;
  /** Entry k - 1: at most k units from a switch. */
  readonly nearSwitches: readonly ErrorRate[];
  /** PIER, by language of interest. */
  readonly pointsOfInterest: Readonly<Record<string, Rate>>;
  /** Switches of the reference that are there in the hypothesis. */
  readonly switchAccuracy: Rate;
  /** Substitutions of a unit by one of another declared language, of all units. */
  readonly crossLanguageSubstitutions: Rate;
  /** LAVR: utterances whose hypothesis has a language that the reference has not. */
  readonly foreignUtterances: Rate;
  /** Spans by language: heard in both scripts, only in the wrong one, not at all. */
  readonly scriptMix: Readonly<Record<string, Rate>>;
  readonly translation: Readonly<Record<string, Rate>>;
  readonly lostSpans: Readonly<Record<string, Rate>>;
  /** Class of the reference, then class of the hypothesis; `none` is an insertion or a deletion. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Seconds of speech without text. */
  readonly uncoveredSpeech: Rate;
  readonly mixing: MixingMeasures;
  /** Mean over the hypothesis' text tokens, natural logarithm; null without token scores. */
  readonly tokenNegativeLogLikelihood: number | null;
  readonly unitCalibration: Calibration;
  readonly internalCalibration: Calibration;
  readonly externalCalibration: Calibration;
  /** Of references that the decoder was fed with: their tokens, and their languages by a and by q. */
  readonly forced: {
    readonly tokens: Calibration;
    readonly internal: ForcedLanguages;
    readonly external: ForcedLanguages;
  };
  /** The sums behind it all. */
  readonly counts: ScoreCounts;
}

/**
 * @param scores Of one system, under one profile.
 * @throws UsageError `scores` when there are none, or when they were not made in one way and cannot be added up.
 */
export function summarise(scores: readonly Score[]): Summary {
  const [first] = scores;
  if (first === undefined) throw new UsageError('scores', 'There is nothing to sum up: no utterance was scored.');
  for (const field of ['system', 'profile', 'languages'] as const) requireOne(scores, field);
  const { system, profile, languages } = first;
  const counts = sumCounts(
    first.counts,
    scores.slice(1).map((score) => score.counts),
  );
  const byLanguage = <T>(list: readonly T[], figure: (entry: T) => Rate): Record<string, Rate> =>
    Object.fromEntries(languages.map((language, at) => [language, figure(list[at]!)]));
  const spans = (outcome: keyof ScoreCounts['spans'][number]): Record<string, Rate> =>
    byLanguage(counts.spans, (of) => rate(of[outcome], of.kept + of.mixed + of.translated + of.lost));
  const classes = [...languages, 'other'];
  return {
    system,
    profile,
    languages,
    utterances: counts.utterances,
    sentenceErrorRate: rate(counts.wrongUtterances, counts.utterances),
    mixedErrorRate: errorRate(counts.overall),
    characterErrorRate: errorRate(counts.characters),
    byLanguage: Object.fromEntries(classes.map((name, at) => [name, errorRate(counts.byClass[at]!)])),
    stripped: Object.fromEntries(languages.map((name, at) => [name, errorRate(counts.stripped[at]!)])),
    byUtteranceType: byUtteranceType(scores),
    nearSwitches: counts.nearSwitches.map(errorRate),
    pointsOfInterest: byLanguage(counts.interest, ({ errors, units }) => rate(errors, units)),
    switchAccuracy: rate(counts.keptSwitches, counts.switches),
    crossLanguageSubstitutions: rate(crossLanguageSubstitutions(counts.confusion, languages), counts.overall.units),
    foreignUtterances: rate(counts.foreignUtterances, counts.utterances),
    scriptMix: spans('mixed'),
    translation: spans('translated'),
    lostSpans: spans('lost'),
    confusion: namedConfusion(counts.confusion, classes),
    uncoveredSpeech: rate(counts.coverage.uncovered, counts.coverage.speech),
    mixing: mixingMeasures(counts.mixing, counts.switches),
    tokenNegativeLogLikelihood: counts.tokens === 0 ? null : counts.tokenNegativeLogLikelihood / counts.tokens,
    unitCalibration: calibrationOf(counts.unitCalibration),
    internalCalibration: calibrationOf(counts.internalCalibration),
    externalCalibration: calibrationOf(counts.externalCalibration),
    forced: {
      tokens: calibrationOf(counts.forced.tokens),
      internal: forcedLanguages(counts.forced.internal, languages),
      external: forcedLanguages(counts.forced.external, languages),
    },
    counts,
  };
}

function forcedLanguages(counts: LanguageCounts, languages: readonly string[]): ForcedLanguages {
  const scores = f1ByLanguage(counts, languages);
  const f1 = Object.fromEntries(languages.map((language, at) => [language, scores[at] ?? null]));
  return { ...calibrationOf(counts.calibration), f1 };
}

export function rate(count: number, of: number): Rate {
  return { count, of, rate: of === 0 ? null : count / of };
}

export function errorRate(counts: ErrorCounts): ErrorRate {
  return { ...rate(counts.substitutions + counts.deletions + counts.insertions, counts.units), ...counts };
}

function byUtteranceType(scores: readonly Score[]): Summary['byUtteranceType'] {
  const types = new Set(scores.map(({ utteranceType }) => utteranceType));
  return Object.fromEntries(
    Array.from(types, (type) => {
      const [first, ...rest] = scores.filter(({ utteranceType }) => utteranceType === type);
      const counts = sumCounts(
        first!.counts.overall,
        rest.map((score) => score.counts.overall),
      );
      return [type, { utterances: rest.length + 1, ...errorRate(counts) }];
    }),
  );
}

function namedConfusion(counts: readonly number[], classes: readonly string[]): Summary['confusion'] {
  const names = [...classes, 'none'];
  const row = (at: number) => names.map((name, column) => [name, counts[at * names.length + column] ?? 0] as const);
  return Object.fromEntries(names.map((name, at) => [name, Object.fromEntries(row(at))]));
}

function requireOne(scores: readonly Score[], field: 'system' | 'profile' | 'languages'): void {
  const found = [...new Set(scores.map((score) => String(score[field])))];
  if (found.length < 2) return;
  const names = found.slice(0, 4).join(' and ');
  throw new UsageError('scores', `Scores of different ${field} cannot be added up (${names}); sum up each by itself.`);
}
