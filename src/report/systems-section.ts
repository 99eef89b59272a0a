/** The tables of systems: how often each is wrong and how sure that is, and what it does with the languages. */
import type { ErrorRate, Rate } from '../scoring/summary.ts';
import { table } from './figure.ts';
import { forestAxis, forestRow } from './forest.ts';
import { html, type Content, type Markup } from './html.ts';
import { grouped, percent, percentInterval, points, pointsInterval, pValue } from './numbers.ts';
import { differenceTo, isOracle, type SystemFigures } from './system-figures.ts';

/** Their units are characters, so that an error rate over them is called CER. */
const CHARACTER_LANGUAGES: readonly string[] = ['zh', 'yue', 'ja'];

/** @param systems In the order of the rows. */
export function systemsSection(systems: readonly SystemFigures[], baseline: SystemFigures): Markup {
  const { languages } = baseline.summary;
  return html`<section id="systems" aria-labelledby="systems-heading">
    <h2 id="systems-heading">Systems</h2>
    <p class="note">
      The dotted line of the chart is the baseline; what is beyond the chart stands at its edge. A difference is in
      points, below zero where the system is better; bold where its interval excludes zero.
    </p>
    ${errorTable(systems, baseline)}
    <h3>Kinds of errors</h3>
    ${kindTable(systems)}
    <h3>By language and type of utterance</h3>
    <p class="note">
      CER and WER: all other languages are taken out of both texts first. Type: which languages the reference has.
    </p>
    ${languageTable(systems, languages)}
    <h3>What happens to the languages</h3>
    <p class="note">
      Kept switches: both sides heard in the right language. Points of interest: errors at units of that language in
      mixed utterances (PIER). Crossed: substituted by a unit of another language. Translated: spans of which only units
      of another language were written. Foreign: utterances with a language that was not spoken.
    </p>
    ${behaviourTable(systems, languages)}
  </section> `;
}

function errorTable(systems: readonly SystemFigures[], baseline: SystemFigures): Markup {
  const axis = forestAxis(systems.map(({ interval }) => interval));
  const rows = systems.map((system): readonly Content[] => {
    return [
      nameOf(system, baseline),
      percent(system.summary.mixedErrorRate.rate),
      percentInterval(system.interval),
      forestRow(system.interval, baseline.interval.value, axis),
      ...differenceCells(system, baseline),
    ];
  });
  const columns = [
    'system',
    'mixed error rate',
    '95 % interval',
    `0 to ${percent(axis.to)}`,
    'difference',
    '95 % interval',
    'p',
  ];
  return table('Systems', columns, rows);
}

function kindTable(systems: readonly SystemFigures[]): Markup {
  const rows = systems.map(({ name, summary: { mixedErrorRate, sentenceErrorRate, utterances } }) => [
    name,
    ...(['substitutions', 'deletions', 'insertions', 'units'] as const).map((kind) => grouped(mixedErrorRate[kind])),
    percent(sentenceErrorRate.rate),
    grouped(utterances),
  ]);
  const columns = ['substitutions', 'deletions', 'insertions', 'units', 'utterances wrong', 'utterances'];
  return table('Kinds of errors', ['system', ...columns], rows);
}

/** Difference, interval and p. */
function differenceCells(system: SystemFigures, baseline: SystemFigures): readonly Content[] {
  if (system === baseline) return ['baseline', '', ''];
  const difference = differenceTo(baseline, system);
  const { value, low, high, p, utterances } = difference;
  const isClear = low !== null && high !== null && low * high > 0;
  const shown = isClear ? html`<strong>${points(value)}</strong>` : points(value);
  const some = utterances === baseline.outcomes.size ? null : ` (${grouped(utterances)} utt.)`;
  return [[shown, some], pointsInterval(difference), pValue(p)];
}

function languageTable(systems: readonly SystemFigures[], languages: readonly string[]): Markup {
  const types = [...new Set(systems.flatMap(({ summary }) => Object.keys(summary.byUtteranceType)))].sort();
  const columns = [
    ...languages.map((name) => `${name} ${CHARACTER_LANGUAGES.includes(name) ? 'CER' : 'WER'}`),
    ...types.map((type) => `${type} utterances`),
  ];
  const rows = systems.map(({ name, summary }) => [
    name,
    ...languages.map((language) => withUnits(summary.stripped[language])),
    ...types.map((type) => withUnits(summary.byUtteranceType[type])),
  ]);
  return table('By language and type of utterance', ['system', ...columns], rows);
}

function behaviourTable(systems: readonly SystemFigures[], languages: readonly string[]): Markup {
  const perLanguage = (name: string, of: (system: SystemFigures) => Readonly<Record<string, Rate>>) =>
    languages.map((language) => ({ name: `${name} ${language}`, of: (each: SystemFigures) => of(each)[language] }));
  const columns = [
    { name: 'kept switches', of: ({ summary }: SystemFigures) => summary.switchAccuracy },
    ...perLanguage('points of interest', ({ summary }) => summary.pointsOfInterest),
    { name: 'crossed', of: ({ summary }: SystemFigures) => summary.crossLanguageSubstitutions },
    ...perLanguage('translated', ({ summary }) => summary.translation),
    { name: 'foreign', of: ({ summary }: SystemFigures) => summary.foreignUtterances },
    { name: 'speech without text', of: ({ summary }: SystemFigures) => summary.uncoveredSpeech },
  ].filter(({ of }) => systems.some((system) => (of(system)?.of ?? 0) > 0));
  const rows = systems.map((system) => [system.name, ...columns.map(({ of }) => percent(of(system)?.rate ?? null))]);
  return table('What happens to the languages', ['system', ...columns.map(({ name }) => name)], rows);
}

function nameOf(system: SystemFigures, baseline: SystemFigures): Content {
  const note = system === baseline ? 'baseline' : isOracle(system) ? 'told the reference' : null;
  return note === null ? system.name : [system.name, html` <small class="note">${note}</small>`];
}

function withUnits(of: ErrorRate | undefined): Content {
  return of === undefined
    ? '–'
    : html`<span title="${grouped(of.count)} errors, ${grouped(of.of)} units">${percent(of.rate)}</span>`;
}
