/** Systems that differ in the weight of their language terms alone, as a curve over it. */
import { lineChart, MOST_LINES, type Line } from './line-chart.ts';
import type { Markup } from './html.ts';
import type { SystemFigures } from './system-figures.ts';
import type { Interval } from '../scoring/bootstrap.ts';

/** Lines over the weight, of families with at least two weights; by name. */
export function weightLines(systems: readonly SystemFigures[]): readonly Line[] {
  const families = new Map<string, { name: string; x: number; y: number | null; interval: Interval }[]>();
  for (const { name, weight, interval } of systems) {
    if (weight === null) continue;
    const points = families.get(weight.family) ?? [];
    families.set(weight.family, [...points, { name, x: weight.weight, y: interval.value, interval }]);
  }
  return [...families.values()]
    .filter((points) => new Set(points.map(({ x }) => x)).size > 1)
    .map((points) => ({
      name: commonName(points.map(({ name }) => name)),
      points: points.sort((a, b) => a.x - b.x),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the names begin with alike, without the signs and digits at its end; the first name where that is nothing. */
function commonName(names: readonly string[]): string {
  const [first = '', ...others] = names;
  const alike = [...first].findIndex((character, at) => others.some((other) => [...other][at] !== character));
  const start = [...first].slice(0, alike < 0 ? undefined : alike).join('');
  return start.replace(/[\s@_.\-\d]+$/, '') || first;
}

/** Charts of as many lines as can be told apart; none where no systems differ in a weight. */
export function weightCharts(systems: readonly SystemFigures[]): readonly Markup[] {
  const lines = weightLines(systems);
  const charts = Math.ceil(lines.length / MOST_LINES);
  return Array.from({ length: charts }, (_, at) =>
    lineChart({
      title: 'Mixed error rate over the weight',
      lines: lines.slice(at * MOST_LINES, (at + 1) * MOST_LINES),
      x: 'weight',
      y: 'mixed error rate, %',
      showX: String,
    }),
  );
}
