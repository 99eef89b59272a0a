/** The last lines of every run: what was written and where, what failed, and whether the counts add up. Pure functions. */
import { dirname } from 'node:path';
import type { RunReport } from '../graphs/report.ts';
import { bytesText, clockText, countText, plural, rateText } from './figures.ts';
import { paint } from './paint.ts';
import { settled } from './pace.ts';

/**
 * `12 in = 10 written + 1 failed + 1 dropped`, with what does not add up below it. A run that was stopped counts what was
 * in flight as `unfinished`.
 */
export function conservationLines(report: RunReport): string[] {
  const { pulled, written, failed, dropped, conserved, imbalances, outcome } = report;
  const stopped = outcome === 'aborted' || outcome === 'failed';
  const unfinished = stopped ? pulled - settled(report) : 0;
  const terms = [`${countText(written)} written`, `${countText(failed)} failed`, `${countText(dropped)} dropped`];
  if (unfinished > 0) terms.push(`${countText(unfinished)} unfinished`);
  const sum = `${countText(pulled)} in ${conserved || stopped ? '=' : '≠'} ${terms.join(' + ')}`;
  if (conserved || stopped) return [sum];
  return [paint.red(sum), ...imbalances.map((imbalance) => paint.red(`does not add up: ${imbalance}`))];
}

/**
 * Everything that is said when a run has ended.
 * @param errorFiles Those of the written files that hold error rows.
 */
export function closingLines(report: RunReport, errorFiles: readonly string[] = []): string[] {
  if (report.outcome === 'failed' && report.pulled === 0) return [];
  const lines = byFolder(report.parts).map(({ path: written, rows, bytes, many }) => {
    const isErrors = errorFiles.includes(written) || errorFiles.includes(dirname(written));
    const path = many === undefined ? written : `${plural(many, 'part')} to ${written}`;
    const amount = `${plural(rows, isErrors ? 'error row' : 'row')}, ${bytesText(bytes)}`;
    return isErrors ? paint.red(`wrote ${path}  ${amount}`) : `wrote ${path}  ${paint.dim(amount)}`;
  });
  if (report.present > 0) lines.push(paint.dim(`${countText(report.present)} were there already`));
  const [sum = '', ...imbalances] = conservationLines(report);
  lines.push(`${sum}  ${paint.dim(durationText(report))}`, ...imbalances);
  if (report.outcome === 'drained') {
    lines.push(paint.yellow('stopped before all was done; what was in flight was finished'));
  }
  if (report.outcome === 'aborted') {
    lines.push(paint.yellow('stopped at once; what was in flight is lost, files that were complete are kept'));
  }
  return lines;
}

type Written = RunReport['parts'][number];

/** Files that a run wrote many of into one folder, as one line. */
function byFolder(parts: readonly Written[]): (Written & { readonly many?: number })[] {
  const folders = [...new Set(parts.map(({ path }) => dirname(path)))];
  return folders.flatMap((folder) => {
    const within = parts.filter(({ path }) => dirname(path) === folder);
    if (within.length <= MOST_PARTS) return within;
    const sum = (value: (part: Written) => number) => within.reduce((total, part) => total + value(part), 0);
    const whole = { path: folder, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) };
    return [{ ...whole, many: within.length }];
  });
}

/** Parts in one folder that are told one by one. */
const MOST_PARTS = 3;

function durationText({ seconds, audioSeconds }: RunReport): string {
  const took = `in ${clockText(seconds)}`;
  if (audioSeconds <= 0 || seconds <= 0) return took;
  return `${took}, ${clockText(audioSeconds)} of audio at ${rateText(audioSeconds / seconds)}x real time`;
}
