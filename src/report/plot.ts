/**
 * The frame of a chart: axes with marks and grid lines, as SVG without scripts. Charts are drawn at the width of a phone
 * and never scaled down, so that their text stays readable; wider pages show several beside one another.
 */
import { shareOf, type Axis } from './axis.ts';
import { html, type Content, type Markup } from './html.ts';

const WIDTH = 340;
const HEIGHT = 230;
const MARGIN = { left: 46, top: 12, bottom: 38 };
/** Where every x axis ends. */
export const RIGHT = WIDTH - 12;

/** Places in the drawing, in CSS pixels from its upper left corner. */
export interface Places {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** @param name What the chart shows, for who cannot see it; its figures stand in a table beside it. */
export function plot(name: string, x: Axis, y: Axis, draw: (places: Places) => Content): Markup {
  const bottom = HEIGHT - MARGIN.bottom;
  const places: Places = {
    x: (value) => pixel(MARGIN.left + shareOf(value, x) * (RIGHT - MARGIN.left)),
    y: (value) => pixel(bottom - shareOf(value, y) * (bottom - MARGIN.top)),
  };
  const marksX = x.ticks.map(
    (tick) =>
      html`<text class="mark" x="${places.x(tick)}" y="${bottom + 14}" text-anchor="middle">${x.show(tick)}</text>`,
  );
  const marksY = y.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${MARGIN.left}" x2="${RIGHT}" y1="${places.y(tick)}" y2="${places.y(tick)}" /><text
          class="mark"
          x="${MARGIN.left - 5}"
          y="${places.y(tick) + 4}"
          text-anchor="end"
          >${y.show(tick)}</text
        >`,
  );
  return html`<svg
    class="plot"
    role="img"
    aria-label="${name}"
    width="${WIDTH}"
    height="${HEIGHT}"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
  >
    ${marksX}${marksY}
    <line class="axis" x1="${MARGIN.left}" x2="${RIGHT}" y1="${bottom}" y2="${bottom}" />
    <text class="label" x="${(MARGIN.left + RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${x.label}</text>
    <text
      class="label"
      x="10"
      y="${(MARGIN.top + bottom) / 2}"
      text-anchor="middle"
      transform="rotate(-90 10 ${(MARGIN.top + bottom) / 2})"
    >
      ${y.label}
    </text>
    ${draw(places)}
  </svg>`;
}

/** A tenth of a pixel is as fine as a drawing needs to be. */
export function pixel(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A broken line through points; gaps where a point is null. */
export function pathThrough(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let isDrawing = false;
  return points
    .map((point) => {
      const command = point === null ? '' : `${isDrawing ? 'L' : 'M'}${point[0]} ${point[1]}`;
      isDrawing = point !== null;
      return command;
    })
    .join('');
}
