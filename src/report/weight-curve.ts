/** Systems that differ in a weight alone: named `replace@0.3`, one curve for each name before the sign. */
import { lineChart, MOST_LINES, type Line } from './line-chart.ts';
import type { Markup } from './html.ts';
import type { SystemFigures } from './system-figures.ts';
import type { Interval } from '../scoring/bootstrap.ts';

/** Family and weight of a system's name, or null where it has none. */
export function weightOf(name: string): { readonly family: string; readonly weight: number } | null {
  const [, family, weight] = /^(.+)@(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  return family === undefined || weight === undefined ? null : { family, weight: Number(weight) };
}

/** Lines over the weight, of families with at least two weights; by name. */
export function weightLines(systems: readonly SystemFigures[]): readonly Line[] {
  const families = new Map<string, { x: number; y: number | null; interval: Interval }[]>();
  for (const { name, interval } of systems) {
    const found = weightOf(name);
    if (found === null) continue;
    const points = families.get(found.family) ?? [];
    families.set(found.family, [...points, { x: found.weight, y: interval.value, interval }]);
  }
  return [...families]
    .filter(([, points]) => points.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, points]) => ({ name, points: points.sort((a, b) => a.x - b.x) }));
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
