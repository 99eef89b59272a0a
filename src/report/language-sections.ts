/** The charts of one system beside those of the baseline: switches, confusion of languages, calibration. */
import { confusionTable } from './confusion-table.ts';
import { FARTHEST } from './distance-errors.ts';
import { html, type Markup } from './html.ts';
import { lineChart, type Line } from './line-chart.ts';
import { reliabilityChart } from './reliability-chart.ts';
import type { SystemFigures } from './system-figures.ts';

/** @param systems The system that the report looks at and the baseline, or one where they are the same. */
export function switchSection(systems: readonly SystemFigures[]): Markup {
  const lines = systems.flatMap(({ name, distances, summary }) =>
    summary.languages.flatMap((language): readonly Line[] => {
      const rates = distances.get(language);
      if (rates === undefined) return [];
      const points = rates.map(({ rate, of }, at) => ({ x: at + 1, y: rate, count: of }));
      return [{ name: `${name}, ${language}`, points }];
    }),
  );
  const chart = lineChart({
    title: 'Units substituted or deleted, by distance to a switch',
    lines,
    x: 'units from the nearest switch',
    y: 'wrong, %',
    showX: (distance) => (distance === FARTHEST ? `${FARTHEST}+` : String(distance)),
  });
  return section(
    'switches',
    'Errors around switches of language',
    lines.length === 0 ? html`<p>No reference switches its language.</p>` : chart,
  );
}

export function confusionSection(systems: readonly SystemFigures[]): Markup {
  const charts = systems.map(({ name, summary }) => confusionTable(name, summary.counts.confusion, summary.languages));
  return section('confusion', 'Confusion of languages', html`<div class="charts">${charts}</div>`);
}

export function calibrationSection(systems: readonly SystemFigures[]): Markup {
  const charts = systems.flatMap(({ name, summary: { counts } }) => [
    reliabilityChart(`${name}: confidence of a unit`, counts.unitCalibration),
    reliabilityChart(`${name}: language, internal (a)`, counts.internalCalibration),
    reliabilityChart(`${name}: language, external (q)`, counts.externalCalibration),
    reliabilityChart(`${name}: token of the reference, teacher-forced`, counts.forced.tokens),
    reliabilityChart(`${name}: its language, internal (a)`, counts.forced.internal.calibration),
    reliabilityChart(`${name}: its language, external (q)`, counts.forced.external.calibration),
  ]);
  const drawn = charts.filter((chart) => chart !== null);
  const note = html`<p class="note">
    A dot is a bin of decisions, as large as there are many. On the dotted line, what is held for 80 % sure is right in
    80 of 100 cases.
  </p>`;
  const none = html`<p>The hypotheses carry no probabilities.</p>`;
  return section(
    'calibration',
    'Calibration',
    drawn.length === 0
      ? none
      : html`${note}
          <div class="charts">${drawn}</div>`,
  );
}

export function section(id: string, heading: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${heading}</h2>
    ${content}
  </section> `;
}
