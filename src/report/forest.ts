/** A rate with its interval as a dot with whiskers, small enough for a cell; all rows of a table share one axis. */
import { axisOver, shareOf, type Axis } from './axis.ts';
import { html, type Markup } from './html.ts';
import type { Interval } from '../scoring/bootstrap.ts';
import { pixel } from './plot.ts';

const WIDTH = 260;
const INSET = 6;

/** To 100 % at most, so that one system that loops does not press all others together; beyond it they stand at the edge. */
export function forestAxis(intervals: readonly Interval[]): Axis {
  return axisOver(
    intervals.map(({ value, high }) => Math.min(1, high ?? value ?? 0)),
    '',
    String,
  );
}

/** @param baseline A rate that is marked by a line through all rows. @returns Null where there is no rate. */
export function forestRow({ value, low, high }: Interval, baseline: number | null, axis: Axis): Markup | null {
  if (value === null || low === null || high === null) return null;
  const x = (value: number): number => pixel(INSET + shareOf(value, axis) * (WIDTH - 2 * INSET));
  const line =
    baseline === null ? null : html`<line class="reference" x1="${x(baseline)}" x2="${x(baseline)}" y1="0" y2="22" />`;
  return html`<svg class="forest" width="${WIDTH}" height="22" viewBox="0 0 ${WIDTH} 22" aria-hidden="true">
    ${line}
    <line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="11" y2="11" />
    <circle class="estimate" cx="${x(value)}" cy="11" r="4" />
  </svg>`;
}
