/** Figures over the steps of a training run: a line for what every step tells, dots for what only some do. */
import { axisOver } from './axis.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './html.ts';
import { pathThrough, plot } from './plot.ts';

export interface StepLine {
  readonly name: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  /** Whether each point is marked; else the line alone is drawn. */
  readonly dots: boolean;
}

/** Rows of the table below a chart, at most; of more, evenly chosen ones. */
const MOST_ROWS = 40;

export function stepChart(
  title: string,
  label: string,
  lines: readonly StepLine[],
  show: (value: number) => string,
): Markup {
  const all = lines.flatMap(({ points }) => points);
  const axisX = axisOver(
    all.map(({ step }) => step),
    'step',
    String,
  );
  const axisY = axisOver(
    all.map(({ value }) => value),
    label,
    show,
  );
  const picture = plot(`Chart: ${label} over steps`, axisX, axisY, ({ x, y }) =>
    lines.map(({ points, dots }, index) => {
      const placed = points.map(({ step, value }) => [x(step), y(value)] as const);
      const marks = dots ? placed.map(([cx, cy]) => html`<circle class="dot" cx="${cx}" cy="${cy}" r="3.5" />`) : [];
      return html`<g class="line-${index}"><path class="line" d="${pathThrough(placed)}" />${marks}</g>`;
    }),
  );
  const legend = lines.map(
    ({ name }, index) =>
      html`<li>
        <svg width="26" height="10" aria-hidden="true" class="line-${index}"><path class="line" d="M0 5L26 5" /></svg>
        ${name}
      </li>`,
  );
  const rows = lines.flatMap(({ name, points }) => {
    const every = Math.max(1, Math.ceil(points.length / MOST_ROWS));
    const chosen = points.filter((_, at) => at % every === 0 || at === points.length - 1);
    return chosen.map(({ step, value }) => [name, String(step), show(value)]);
  });
  return figure(
    title,
    html`${picture}
      <ul class="legend">
        ${legend}
      </ul>`,
    ['line', 'step', label],
    rows,
  );
}
