/** The results of experiments as a page of Markdown: a table for each corpus, and in words what helps and what does not. */
import { basename } from 'node:path';
import type { Calibration } from '../scoring/calibration.ts';
import { counted, grouped, nat, percent, percentInterval, points, pointsInterval, pValue } from './numbers.ts';
import { differenceTo, inOrder, isOracle, type Difference, type SystemFigures } from './system-figures.ts';

export interface Corpus {
  readonly title: string;
  /** Folder of its tables. */
  readonly folder: string;
  readonly systems: readonly SystemFigures[];
  readonly baseline: SystemFigures;
}

/** Where and when it was measured: each a name and a value. */
export type Facts = readonly (readonly [name: string, value: string])[];

/** @param introduction Markdown above the tables. */
export function resultsPage(introduction: string, facts: Facts, corpora: readonly Corpus[]): string {
  const listed = facts.map(([name, value]) => `- ${name}: ${value}`);
  return `${[introduction.trim(), listed.join('\n'), ...corpora.map(corpusSection)].join('\n\n')}\n`;
}

function corpusSection({ title, folder, systems, baseline }: Corpus): string {
  const { utterances, mixedErrorRate, profile, languages } = baseline.summary;
  const ordered = inOrder(systems);
  const differences = new Map(
    ordered.filter((system) => system !== baseline).map((system) => [system, differenceTo(baseline, system)]),
  );
  const types = [...new Set(ordered.flatMap(({ summary }) => Object.keys(summary.byUtteranceType)))].sort();
  const head = [
    ...['system', 'mixed error rate', '95 %', `less \`${baseline.name}\``, '95 %', 'p'],
    ...languages.map((language) => `${language} alone`),
    ...types.map((type) => `${type} utterances`),
    'crossed',
  ];
  const rows = ordered.map((system) => {
    const { summary, interval } = system;
    return [
      `${cell(system.name)}${isOracle(system) ? ' (told the reference)' : ''}`,
      percent(summary.mixedErrorRate.rate),
      percentInterval(interval),
      ...differenceCells(differences.get(system)),
      ...languages.map((language) => percent(summary.stripped[language]?.rate ?? null)),
      ...types.map((type) => percent(summary.byUtteranceType[type]?.rate ?? null)),
      percent(summary.crossLanguageSubstitutions.rate),
    ];
  });
  return [
    `## ${title}`,
    `${counted(utterances, 'utterance')}, ${grouped(mixedErrorRate.units)} units, normalisation \`${profile}\`; tables in \`${folder}\`.`,
    table(head, rows),
    ...([...differences.keys()].every(isOracle) ? [] : [verdict(differences, baseline), choice(ordered)]),
    ...(utterances <= few ? [eachUtterance(ordered, baseline)] : []),
    ...evidenceTable(ordered),
  ].join('\n\n');
}

/** So few utterances are told one by one: an interval over them says little. */
const few = 12;

function eachUtterance(systems: readonly SystemFigures[], { outcomes }: SystemFigures): string {
  const ids = [...outcomes.keys()];
  const rows = systems.map(({ name, outcomes: own }) => [cell(name), ...ids.map((id) => percent(rateOf(own.get(id))))]);
  const units = ['units', ...ids.map((id) => grouped(outcomes.get(id)!.units))];
  const heads = ids.map((id) => `\`${cell(basename(id))}\``);
  return ['Each utterance:', table(['system', ...heads], [...rows, units])].join('\n\n');
}

function rateOf(outcome: { readonly errors: number; readonly units: number } | undefined): number | null {
  return outcome === undefined || outcome.units === 0 ? null : outcome.errors / outcome.units;
}

/** How well a and q know the languages of the references, where these were fed to the decoder. */
function evidenceTable(systems: readonly SystemFigures[]): readonly string[] {
  const fed = systems.filter(({ summary }) => summary.forced.tokens.decisions > 0);
  if (fed.length === 0) return [];
  const cellsOf = ({ accuracy, negativeLogLikelihood, expectedCalibrationError }: Calibration): string[] => [
    percent(accuracy),
    nat(negativeLogLikelihood),
    percent(expectedCalibrationError),
  ];
  const rows = fed.map(({ name, summary: { forced } }) => [
    cell(name),
    grouped(forced.internal.decisions),
    ...cellsOf(forced.internal),
    ...cellsOf(forced.external),
    nat(forced.tokens.negativeLogLikelihood),
  ]);
  const sides = ['a', 'q'].flatMap((side) => [`${side} right`, `${side}, nat`, `${side} off by`]);
  return [
    'Teacher-forced: the references go through the decoder, and a and q are held against the language of every token with which a character begins. *Nat*: mean negative log-likelihood. *Off by*: expected calibration error.',
    table(['system', 'tokens', ...sides, 'a token, nat'], rows),
  ];
}

function differenceCells(difference: Difference | undefined): readonly string[] {
  if (difference === undefined) return ['baseline', '', ''];
  return [points(difference.value), pointsInterval(difference), pValue(difference.p)];
}

/** Which systems are clearly better, clearly worse, and neither; by the interval of the paired difference. */
function verdict(differences: ReadonlyMap<SystemFigures, Difference>, baseline: SystemFigures): string {
  const real = [...differences].filter(([system]) => !isOracle(system));
  const names = (which: (difference: Difference) => boolean): string =>
    real
      .filter(([, difference]) => which(difference))
      .map(([{ name }]) => `\`${cell(name)}\``)
      .join(', ') || 'none';
  const isBetter = ({ high }: Difference): boolean => high !== null && high < 0;
  const isWorse = ({ low }: Difference): boolean => low !== null && low > 0;
  return [
    `Against \`${baseline.name}\`, where the interval excludes zero:`,
    '',
    `- better: ${names(isBetter)}`,
    `- worse: ${names(isWorse)}`,
    `- not to be told from it: ${names((difference) => !isBetter(difference) && !isWorse(difference))}`,
  ].join('\n');
}

/** The ceiling of every way to choose between what the systems wrote. */
function choice(systems: readonly SystemFigures[]): string {
  const real = systems.filter((system) => !isOracle(system));
  const shared = [...real[0]!.outcomes].filter(([id, { units }]) =>
    real.every(({ outcomes }) => outcomes.get(id)?.units === units),
  );
  const errors = shared.reduce(
    (sum, [id]) => sum + Math.min(...real.map(({ outcomes }) => outcomes.get(id)!.errors)),
    0,
  );
  const units = shared.reduce((sum, [, outcome]) => sum + outcome.units, 0);
  return `Ceiling: who knew for each of ${counted(shared.length, 'utterance')} which of these ${real.length} systems errs least would have ${percent(units > 0 ? errors / units : null)}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** A name that comes from a file, as the cell of a table. */
function cell(text: string): string {
  return text.replace(/[|`<>\\\p{Cc}]/gu, '_');
}
