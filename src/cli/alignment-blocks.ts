/** The worst utterances of a system with their alignments, as `diglot score --alignment` prints them. */
import type { Score } from '../records.ts';
import { errorRate } from '../scoring/summary.ts';
import { alignedLines } from './aligned-lines.ts';
import { plural } from './figures.ts';
import { paintResult } from './paint.ts';
import { errorRateText } from './score-table.ts';

/** @param count Most errors first; right utterances come only where it is Infinity. @param columns Of the terminal. */
export function alignmentBlocks(system: string, scores: readonly Score[], count: number, columns: number): string[] {
  const ranked = scores
    .map((score) => ({ score, rate: errorRate(score.counts.overall) }))
    .toSorted((a, b) => b.rate.count - a.rate.count || (b.rate.rate ?? 0) - (a.rate.rate ?? 0));
  const chosen = count === Infinity ? ranked : ranked.slice(0, count).filter(({ rate }) => rate.count > 0);
  return chosen.flatMap(({ score, rate }) => [
    '',
    `${paintResult.bold(score.id)}  ${paintResult.dim(`${system}: ${plural(rate.count, 'error')} in ${plural(rate.of, 'unit')}, ${errorRateText(rate)}`)}`,
    ...alignedLines(score.alignment, columns),
  ]);
}
