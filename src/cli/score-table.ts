/** The figures of scored systems as a table: a row for each figure, a column for each system. */
import type { Interval } from '../scoring/bootstrap.ts';
import type { Calibration } from '../scoring/calibration.ts';
import { sumCounts } from '../scoring/sum-counts.ts';
import { errorRate, type ErrorRate, type Rate, type Summary } from '../scoring/summary.ts';
import { countText, plural } from './figures.ts';
import type { Compared } from './compare-systems.ts';
import type { ScoredSystem } from './score-systems.ts';
import { textTable, type Column } from './text-table.ts';

export interface SystemFigures {
  readonly summary: Summary;
  /** Null where no resamples were asked for. */
  readonly interval: Interval | null;
}

interface Figure {
  readonly name: string;
  readonly of: (system: SystemFigures) => string;
}

export function scoreTable(systems: readonly SystemFigures[], languages: readonly string[]): string[] {
  const figures = figuresFor(systems, languages);
  const columns: Column<Figure>[] = [
    { heading: '', align: 'left', cell: ({ name }) => name },
    ...systems.map((system): Column<Figure> => ({
      heading: system.summary.system,
      align: 'right',
      cell: ({ of }) => of(system),
    })),
  ];
  return textTable(figures, columns);
}

function figuresFor(systems: readonly SystemFigures[], languages: readonly string[]): Figure[] {
  const window = systems[0]?.summary.nearSwitches.length ?? 0;
  const types = new Set(systems.flatMap(({ summary }) => Object.keys(summary.byUtteranceType)));
  const figure = (name: string, of: (summary: Summary) => string): Figure => ({
    name,
    of: ({ summary }) => of(summary),
  });
  const rate = (name: string, of: (summary: Summary) => Rate | undefined): Figure =>
    figure(name, (summary) => errorRateText(of(summary)));
  const counts = (name: string, of: (rate: ErrorRate) => number): Figure =>
    figure(name, ({ mixedErrorRate }) => countText(of(mixedErrorRate)));
  return [
    rate('mixed error rate', (summary) => summary.mixedErrorRate),
    ...(systems.some(({ interval }) => interval !== null)
      ? [{ name: '  95 % interval', of: ({ interval }: SystemFigures) => intervalText(interval) }]
      : []),
    counts('  substitutions', (of) => of.substitutions),
    counts('  deletions', (of) => of.deletions),
    counts('  insertions', (of) => of.insertions),
    counts('  units of the reference', (of) => of.units),
    figure('utterances', (summary) => countText(summary.utterances)),
    rate('  with an error', (summary) => summary.sentenceErrorRate),
    rate('character error rate', (summary) => summary.characterErrorRate),
    ...[...languages, 'other'].map((name) =>
      figure(`at units of ${name}`, ({ byLanguage }) => errorRateText(byLanguage[name]) + ofText(byLanguage[name])),
    ),
    ...languages.map((name) => rate(`${name} alone, aligned anew`, ({ stripped }) => stripped[name])),
    ...[...types].sort().map((type) => rate(`utterances: ${type}`, ({ byUtteranceType }) => byUtteranceType[type])),
    ...Array.from({ length: window }, (_, at) =>
      rate(`up to ${at + 1} from a switch`, ({ nearSwitches }) => nearSwitches[at]),
    ),
    rate('switches kept', ({ switchAccuracy }) => switchAccuracy),
    ...languages.map((name) => rate(`PIER ${name}`, ({ pointsOfInterest }) => pointsOfInterest[name])),
    rate('substituted across languages', (summary) => summary.crossLanguageSubstitutions),
    rate('  with a foreign language', (summary) => summary.foreignUtterances),
    ...forcedFigures(systems),
  ];
}

/** Of references that the decoder was fed with, where it was: nat a decision, and expected calibration errors. */
function forcedFigures(systems: readonly SystemFigures[]): Figure[] {
  const sides = [
    ['reference fed, a token', ({ forced }: Summary) => forced.tokens],
    ['  its languages by a', ({ forced }: Summary) => forced.internal],
    ['  its languages by q', ({ forced }: Summary) => forced.external],
  ] as const;
  return sides
    .filter(([, of]) => systems.some(({ summary }) => of(summary).decisions > 0))
    .map(([name, of]) => ({ name, of: ({ summary }) => calibrationText(of(summary)) }));
}

/** `0.312 nat, off by 4.10 %`. */
function calibrationText({ negativeLogLikelihood, expectedCalibrationError }: Calibration): string {
  if (negativeLogLikelihood === null || expectedCalibrationError === null) return '-';
  return `${negativeLogLikelihood.toFixed(3)} nat, off by ${(100 * expectedCalibrationError).toFixed(2)} %`;
}

/** `12.34 %`, or a dash where there is nothing to divide by. */
export function errorRateText(rate: Rate | undefined): string {
  return rate?.rate == null ? '-' : `${(100 * rate.rate).toFixed(2)} %`;
}

function ofText(rate: Rate | undefined): string {
  return rate === undefined || rate.of === 0 ? '' : ` of ${countText(rate.of)}`;
}

function intervalText(interval: Interval | null): string {
  if (interval?.low == null || interval.high == null) return '-';
  return `${(100 * interval.low).toFixed(2)} to ${(100 * interval.high).toFixed(2)}`;
}

/** `b less a: -3.21 points, 95 % interval -4.40 to -2.05, p 0.0002`. @param all How many references there are. */
export function comparisonText({ system, baseline, utterances, difference }: Compared, all: number): string {
  const { value, p } = difference;
  if (value === null || p === null) return `${system} less ${baseline}: no units to compare`;
  const points = `${value > 0 ? '+' : ''}${(100 * value).toFixed(2)} points`;
  const on = utterances === all ? '' : `, on the ${plural(utterances, 'utterance')} that both have`;
  return `${system} less ${baseline}: ${points}, 95 % interval ${intervalText(difference)}, p ${p.toPrecision(2)}${on}`;
}

/** Mixed error rate and units of each speaker, in the order in which they come. */
export function speakerTable(systems: readonly ScoredSystem[]): string[] {
  const speakers = [...new Set(systems.flatMap(({ scores }) => scores.map(({ origin }) => origin.speaker)))];
  const rateOf = ({ scores }: ScoredSystem, speaker: string | null): ErrorRate | undefined => {
    const [first, ...rest] = scores
      .filter(({ origin }) => origin.speaker === speaker)
      .map(({ counts }) => counts.overall);
    return first && errorRate(sumCounts(first, rest));
  };
  return textTable(speakers, [
    { heading: 'speaker', align: 'left', cell: (speaker) => speaker ?? '' },
    { heading: 'units', align: 'right', cell: (speaker) => countText(rateOf(systems[0]!, speaker)?.units ?? 0) },
    ...systems.map((system): Column<string | null> => ({
      heading: system.name,
      align: 'right',
      cell: (speaker) => errorRateText(rateOf(system, speaker)),
    })),
  ]);
}
