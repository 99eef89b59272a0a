/** What a report knows of a system: its summary, and the errors of each utterance for comparing systems in pairs. */
import { UsageError } from '../errors.ts';
import type { Score } from '../records.ts';
import { compareRates, rateInterval, type Comparison, type Interval, type Outcome } from '../scoring/bootstrap.ts';
import { errorRate, summarise, type Summary } from '../scoring/summary.ts';
import { distanceErrors, type DistanceErrors } from './distance-errors.ts';
import type { Options } from './recorded-options.ts';
import { weightOf, type Weight } from './weight.ts';

export interface SystemFigures {
  /** Of its table; the summary's may be another. */
  readonly name: string;
  readonly summary: Summary;
  /** Of the mixed error rate. */
  readonly interval: Interval;
  /** Of its language terms, where it has them. */
  readonly weight: Weight | null;
  readonly distances: DistanceErrors;
  /** By id, in the order of the table. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/**
 * @param name Of the table that the scores come from.
 * @param options Of its decoder, where its table records them.
 * @throws UsageError `scores` when there are none, or when they were not made in one way.
 */
export function systemFigures(name: string, scores: readonly Score[], options: Options | null = null): SystemFigures {
  if (scores.length === 0) throw new UsageError('scores', `The system ${name} has no scores; evaluate it again.`);
  const blockOf = blocks(scores);
  const outcomes = new Map(
    scores.map((score) => {
      const { count: errors, of: units } = errorRate(score.counts.overall);
      return [score.id, { errors, units, block: blockOf(score) }];
    }),
  );
  return {
    name,
    summary: summarise(scores),
    interval: rateInterval([...outcomes.values()]),
    weight: weightOf(name, options),
    distances: distanceErrors(scores.map(({ alignment }) => alignment)),
    outcomes,
  };
}

/** Fewer speakers than this cannot tell how much speakers differ: then utterances are drawn. */
export const FEWEST_SPEAKERS = 10;

/** What the bootstrap draws whole: speakers where there are enough and every utterance has one, else utterances. */
function blocks(scores: readonly Score[]): (score: Score) => string {
  const speakers = new Set(scores.map(({ origin }) => origin.speaker));
  const bySpeaker = !speakers.has(null) && speakers.size >= FEWEST_SPEAKERS;
  return bySpeaker ? ({ origin }) => `speaker ${origin.speaker}` : ({ id }) => `utterance ${id}`;
}

export interface Difference extends Comparison {
  /** Utterances that both systems have. */
  readonly utterances: number;
}

/** Mixed error rate of a system less the baseline's, over the utterances that both have and whose reference is one. */
export function differenceTo(baseline: SystemFigures, system: SystemFigures): Difference {
  const shared = [...baseline.outcomes].flatMap(([id, ofBaseline]) => {
    const ofSystem = system.outcomes.get(id);
    return ofSystem?.units === ofBaseline.units
      ? [{ ofBaseline, ofSystem: { ...ofSystem, block: ofBaseline.block } }]
      : [];
  });
  const comparison = compareRates(
    shared.map(({ ofSystem }) => ofSystem),
    shared.map(({ ofBaseline }) => ofBaseline),
  );
  return { ...comparison, utterances: shared.length };
}

/** Systems whose names begin so were told the reference: they show what is possible, and are never called the best. */
export const ORACLE = 'oracle';

export function isOracle({ name }: Pick<SystemFigures, 'name'>): boolean {
  return name.startsWith(ORACLE);
}

/** From the lowest mixed error rate to the highest, those that were told the reference behind the others. */
export function inOrder(systems: readonly SystemFigures[]): SystemFigures[] {
  const key = ({ summary }: SystemFigures): number => summary.mixedErrorRate.rate ?? Infinity;
  return systems.toSorted(
    (a, b) => Number(isOracle(a)) - Number(isOracle(b)) || key(a) - key(b) || (a.name < b.name ? -1 : 1),
  );
}
