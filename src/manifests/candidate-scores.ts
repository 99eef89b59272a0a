/**
 * Scores that others gave the candidates of n-best lists, such as a language model: a table of JSON lines, CSV or TSV with a
 * row for each candidate. `id` is the utterance, `candidate` its place in the list from 0, `window` the list's place in the
 * recording from 0 (0 where the column is missing); the other columns are scores, natural logarithms, under their names.
 */
import { extname } from 'node:path';
import { RecordError, UsageError } from '../errors.ts';
import { delimitedRows } from './delimited.ts';
import { textLines } from './text-lines.ts';

/** @returns The score of a name for a candidate; undefined where the table has none. */
export type CandidateScores = (name: string, id: string, window: number, candidate: number) => number | undefined;

/** More windows or candidates than a recording has: a place beyond it is a slip, and would take memory for all before it. */
const MOST_PLACES = 100_000;

/**
 * Reads a table into memory, about 100 bytes a candidate in lists of five.
 * @throws UsageError `scores` when a line cannot be read, lacks a column, or a score is no number.
 */
export async function readCandidateScores(path: string, names: readonly string[]): Promise<CandidateScores> {
  // Of an id, by window, the scores of one candidate behind those of the other; NaN where there are none.
  const found = new Map<string, number[][]>();
  for await (const { cell, place } of rowsOf(path)) {
    const id = textIn(cell, 'id', place);
    const window = countIn(cell, 'window', place, 0);
    const from = names.length * countIn(cell, 'candidate', place);
    const windows = found.get(id) ?? [];
    if (windows.length === 0) found.set(id, windows);
    while (windows.length <= window) windows.push([]);
    const scores = windows[window]!;
    while (scores.length < from + names.length) scores.push(NaN);
    for (const [at, name] of names.entries()) {
      const value = Number(textIn(cell, name, place));
      if (!Number.isFinite(value)) {
        throw new UsageError('scores', `${place}: ${name} is no number; give the natural logarithm of a probability.`);
      }
      scores[from + at] = value;
    }
  }
  return (name, id, window, candidate) => {
    const score = found.get(id)?.[window]?.[names.length * candidate + names.indexOf(name)];
    return Number.isNaN(score) ? undefined : score;
  };
}

interface Row {
  readonly cell: (column: string) => unknown;
  readonly place: string;
}

async function* rowsOf(path: string): AsyncGenerator<Row> {
  const ending = extname(path).toLowerCase();
  if (ending !== '.csv' && ending !== '.tsv') {
    for await (const line of textLines(path)) {
      if (line instanceof RecordError) throw new UsageError('scores', line.message);
      if (line.text.trim() !== '') yield jsonRow(line.text, `${path}:${line.number}`);
    }
    return;
  }
  let header: readonly string[] | null = null;
  for await (const row of delimitedRows(path, ending === '.csv' ? 'csv' : 'tsv')) {
    if (row instanceof RecordError) throw new UsageError('scores', row.message);
    const { cells, number } = row;
    if (header === null) header = cells.map((name) => name.trim());
    else {
      const names = header;
      yield { cell: (column) => cells[names.indexOf(column)], place: `${path}:${number}` };
    }
  }
}

function jsonRow(text: string, place: string): Row {
  try {
    const object = JSON.parse(text) as Record<string, unknown>;
    return { cell: (column) => (Object.hasOwn(object, column) ? object[column] : undefined), place };
  } catch (cause) {
    throw new UsageError('scores', `${place}: not a JSON object on one line.`, { cause });
  }
}

function textIn(cell: Row['cell'], column: string, place: string): string {
  const value = cell(column);
  if ((typeof value === 'string' && value.trim() !== '') || typeof value === 'number') return String(value);
  throw new UsageError('scores', `${place}: there is no ${JSON.stringify(column)}; name the column so.`);
}

function countIn(cell: Row['cell'], column: string, place: string, missing?: number): number {
  if (missing !== undefined && cell(column) === undefined) return missing;
  const value = Number(textIn(cell, column, place));
  if (Number.isInteger(value) && value >= 0 && value < MOST_PLACES) return value;
  throw new UsageError('scores', `${place}: ${column} is not a place from 0 to ${MOST_PLACES - 1}.`);
}
