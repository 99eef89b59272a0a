/**
 * How probable a language was while an utterance went by: a (internal) and q (external) at the first token of every unit
 * of the hypothesis, above the units in the colours of their languages. A line follows the audio while it plays.
 */
import type { AlignedUnit } from '../records.ts';
import type { Axis } from './axis.ts';
import { axisOver } from './axis.ts';
import { languageClass } from './alignment-view.ts';
import { html, type Markup } from './html.ts';
import { pathThrough, plot, RIGHT, type Places } from './plot.ts';

interface TimedUnit extends AlignedUnit {
  readonly start: number;
  readonly end: number;
}

/**
 * @param languages The declared ones, in the order of `internal` and `external`; the first is drawn.
 * @param begin Seconds into the recording where the utterance, and its audio, begins.
 * @returns Null where the units have no times, as without word times.
 */
export function languageTrack(
  alignment: readonly AlignedUnit[],
  languages: readonly string[],
  begin: number,
  duration: number,
): Markup | null {
  const units = alignment.filter((unit): unit is TimedUnit => unit.start !== null && unit.end !== null);
  const [language] = languages;
  if (units.length === 0 || language === undefined) return null;
  const end = Math.max(duration, ...units.map((unit) => unit.end - begin));
  const seconds = { ...axisOver([0, end], 'seconds', (value) => String(value), 6), to: end };
  const x: Axis = { ...seconds, ticks: seconds.ticks.filter((tick) => tick <= end) };
  const y: Axis = { from: -0.25, to: 1, ticks: [0, 0.5, 1], label: `p(${language})`, show: (value) => String(value) };
  const picture = plot(`Chart: probability of ${language} over time`, x, y, (places) => [
    units.map((unit) => strip(unit, begin, places)),
    steps(units, 'internal', languages, begin, places),
    steps(units, 'external', languages, begin, places),
    html`<line class="playhead" x1="${places.x(0)}" x2="${places.x(0)}" y1="${places.y(1)}" y2="${places.y(-0.25)}" />`,
  ]);
  const has = (side: Side): boolean => units.some((unit) => unit[side] !== null);
  const legend = [
    has('internal')
      ? html`<li class="line-0">
          <svg width="26" height="10" aria-hidden="true"><path class="line" d="M0 5L26 5" /></svg> internal (a)
        </li>`
      : null,
    has('external')
      ? html`<li class="line-1">
          <svg width="26" height="10" aria-hidden="true"><path class="line" d="M0 5L26 5" /></svg> external (q)
        </li>`
      : null,
  ];
  return html`<div class="track" data-seconds="${end}" data-right="${RIGHT}">
    ${picture}
    <ul class="legend">
      ${legend}
    </ul>
  </div>`;
}

type Side = 'internal' | 'external';

function strip({ start, end, hypothesisLanguage }: TimedUnit, begin: number, { x, y }: Places): Markup {
  const left = x(start - begin);
  const width = Math.max(1, Math.round(10 * (x(end - begin) - left - 0.5)) / 10);
  return html`<rect
    class="strip ${languageClass(hypothesisLanguage)}"
    x="${left}"
    y="${y(-0.08)}"
    width="${width}"
    height="12"
  />`;
}

/** A level for the time of every unit, from the share of the language among the declared ones. */
function steps(
  units: readonly TimedUnit[],
  side: Side,
  languages: readonly string[],
  begin: number,
  { x, y }: Places,
): Markup {
  const points = units.flatMap((unit) => {
    const share = shareOfFirst(unit[side], languages.length);
    if (share === null) return [null];
    const level = y(share);
    return [[x(unit.start - begin), level] as const, [x(unit.end - begin), level] as const];
  });
  return html`<g class="line-${side === 'internal' ? 0 : 1}"><path class="line" d="${pathThrough(points)}" /></g>`;
}

/** Probability of the first language among the declared ones, without what belongs to none. */
function shareOfFirst(probabilities: readonly number[] | null, languages: number): number | null {
  if (probabilities === null) return null;
  const declared = probabilities.slice(0, languages);
  const sum = declared.reduce((total, each) => total + each, 0);
  return sum > 0 ? declared[0]! / sum : null;
}
