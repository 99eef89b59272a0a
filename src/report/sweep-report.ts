/** A report of a sweep over stored n-best lists: the curves of its weights, and the settings with the fewest errors. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { WeightSetting } from '../records.ts';
import { bestSetting, rateOf, sweptCurves } from '../scoring/swept-weights.ts';
import { VERSION } from '../tables/provenance.ts';
import { readMetadata, readRecords } from '../tables/reader.ts';
import { documentOf } from './document.ts';
import { table } from './figure.ts';
import { html, type Markup } from './html.ts';
import { section } from './language-sections.ts';
import { lineChart, MOST_LINES } from './line-chart.ts';
import { counted, grouped, percent, percentInterval } from './numbers.ts';

const sweepPath = (folder: string): string => join(folder, 'sweep.arrow');
/** Settings in the table of the best. */
const MOST_SETTINGS = 20;
/** Points of a line, at most: more cannot be told apart at the width of a page. */
const MOST_POINTS = 41;

/** Whether a folder is that of a sweep. */
export function isSweep(folder: string): boolean {
  return existsSync(sweepPath(folder));
}

/**
 * The page. Equal tables give equal bytes.
 * @throws UsageError `arrow-kind` when sweep.arrow holds something else, `arrow-file` when it is broken, `scores` when it has
 *   no row.
 */
export async function writeSweepReport(folder: string): Promise<string> {
  const path = sweepPath(folder);
  const settings: WeightSetting[] = [];
  for await (const record of readRecords(path)) {
    if (record.kind !== 'weight-setting') {
      throw new UsageError('arrow-kind', `${path} holds rows of kind ${record.kind}, not those of "sweep-weights".`);
    }
    settings.push(record as WeightSetting);
  }
  const best = bestSetting(settings);
  if (best === undefined) throw new UsageError('scores', `${path} has no row: no weights were tried.`);
  const version = (await readMetadata(path)).get(VERSION) ?? 'of unknown version';
  return documentOf(`Weights: ${basename(resolve(folder))}`, introduction(settings, best), [
    ['curves', 'Curves', section('curves', 'Curves', html`<div class="charts">${charts(settings)}</div>`)],
    ['settings', 'Best settings', section('settings', 'The settings with the fewest errors', settingsTable(settings))],
    ['origin', 'Origin', section('origin', 'How it came to be', html`<p>Written by diglot ${version}.</p>`)],
  ]);
}

function introduction(settings: readonly WeightSetting[], best: WeightSetting): Markup {
  return html`<p>
      ${counted(settings.length, 'setting')} of weights on ${counted(best.utterances, 'utterance')} with
      ${grouped(best.units)} units, ranked from stored n-best lists. Normalisation: ${best.profile}.
    </p>
    <p>
      The fewest errors has <b>${best.id}</b>: ${percent(rateOf(best))} (95 %: ${percentInterval(best)}).
      ${counted(best.changed, 'text')} ${best.changed === 1 ? 'is' : 'are'} another than the search wrote.
    </p>
    <p class="note">
      The weight that errs least here errs more elsewhere: measure it on data that the sweep has not seen. Intervals:
      bootstrap, 1,000 resamples.
    </p>`;
}

function charts(settings: readonly WeightSetting[]): readonly Markup[] {
  const lines = [...sweptCurves(settings)].filter(([, curve]) => curve.length > 1);
  return Array.from({ length: Math.ceil(lines.length / MOST_LINES) }, (_, at) =>
    lineChart({
      title: 'Mixed error rate over the weight',
      lines: lines.slice(at * MOST_LINES, (at + 1) * MOST_LINES).map(([name, curve]) => ({
        name,
        points: thinned(curve).map((setting) => ({
          x: setting.weight,
          y: rateOf(setting),
          interval: { value: rateOf(setting), low: setting.low, high: setting.high },
        })),
      })),
      x: 'weight',
      y: 'mixed error rate, %',
      showX: String,
    }),
  );
}

/** Both ends, the best, and what lies between at equal distances. */
function thinned(curve: readonly WeightSetting[]): readonly WeightSetting[] {
  const each = Math.ceil(curve.length / MOST_POINTS);
  const best = bestSetting(curve);
  return curve.filter((one, at) => at % each === 0 || at === curve.length - 1 || one === best);
}

function settingsTable(settings: readonly WeightSetting[]): Markup {
  const ordered = settings.toSorted((a, b) => a.errors - b.errors || a.weight - b.weight).slice(0, MOST_SETTINGS);
  return table(
    'The settings with the fewest errors',
    ['setting', 'mixed error rate', '95 % interval', 'errors', 'texts changed'],
    ordered.map((one) => [
      one.id,
      percent(rateOf(one)),
      percentInterval(one),
      grouped(one.errors),
      grouped(one.changed),
    ]),
  );
}
