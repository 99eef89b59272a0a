/** Lines over a common axis, each with its own colour, dashes and marker, so that colour alone tells nothing. */
import { axisOver } from './axis.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './html.ts';
import type { Interval } from '../scoring/bootstrap.ts';
import { percent, percentInterval } from './numbers.ts';
import { pathThrough, plot, type Places } from './plot.ts';

export interface Point {
  readonly x: number;
  /** A share; null where there is nothing to tell. */
  readonly y: number | null;
  readonly interval?: Interval;
  /** How many things the share is over. */
  readonly count?: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly x: string;
  readonly y: string;
  /** How a place on the x axis is written; each that a point has is marked. */
  readonly showX: (x: number) => string;
}

/** As many lines as there are colours. */
export const MOST_LINES = 6;

export function lineChart({ title, lines, x, y, showX }: LineChart): Markup {
  const drawn = lines.slice(0, MOST_LINES);
  const places = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))].sort((a, b) => a - b);
  const axisX = {
    from: places[0] ?? 0,
    to: Math.max(places.at(-1) ?? 1, (places[0] ?? 0) + 1e-9),
    ticks: places,
    label: x,
    show: showX,
  };
  const tops = lines.flatMap(({ points }) =>
    points.flatMap(({ y: share, interval }) => [share ?? 0, interval?.high ?? 0]),
  );
  const axisY = axisOver(tops, y, (share) => String(Math.round(share * 1000) / 10));
  const picture = plot(`Chart: ${y} over ${x}`, axisX, axisY, (at) =>
    drawn.map((line, index) => drawLine(line, index, at)),
  );
  const legend = drawn.map(
    ({ name }, index) =>
      html`<li>
        <svg width="26" height="10" aria-hidden="true" class="line-${index}">
          <path class="line" d="M0 5L26 5" />
          ${marker(index, 13, 5)}
        </svg>
        ${name}
      </li>`,
  );
  const rows = lines.flatMap(({ name, points }) =>
    points.map((point) => [
      name,
      showX(point.x),
      percent(point.y),
      point.interval === undefined ? '' : percentInterval(point.interval),
      point.count === undefined ? '' : String(point.count),
    ]),
  );
  const isUsed = (column: number): boolean => rows.some((row) => row[column] !== '');
  const columns = ['line', x, y, '95 % interval', 'units'].map((name, at) => ({ name, isUsed: isUsed(at) }));
  const kept = <T>(row: readonly T[]): T[] => row.filter((_, at) => columns[at]?.isUsed === true);
  return figure(
    title,
    html`${picture}
      <ul class="legend">
        ${legend}
      </ul>`,
    kept(columns.map(({ name }) => name)),
    rows.map(kept),
  );
}

function drawLine({ points }: Line, index: number, { x, y }: Places): Markup {
  const placed = points.map((point) => (point.y === null ? null : ([x(point.x), y(point.y)] as const)));
  const bars = points.map(({ x: at, interval }) =>
    interval === undefined || interval.low === null || interval.high === null
      ? null
      : html`<line class="bar" x1="${x(at)}" x2="${x(at)}" y1="${y(interval.low)}" y2="${y(interval.high)}" />`,
  );
  const markers = placed.map((point) => (point === null ? null : marker(index, ...point)));
  return html`<g class="line-${index}">${bars}<path class="line" d="${pathThrough(placed)}" />${markers}</g>`;
}

function marker(index: number, x: number, y: number): Markup {
  if (index % 3 === 0) return html`<circle class="dot" cx="${x}" cy="${y}" r="3.5" />`;
  if (index % 3 === 1) return html`<rect class="dot" x="${x - 3}" y="${y - 3}" width="6" height="6" />`;
  return html`<path class="dot" d="M${x - 4} ${y + 3}L${x + 4} ${y + 3}L${x} ${y - 4}Z" />`;
}
