/**
 * Tables as text under a header: CSV as RFC 4180 has it (fields in double quotes may hold commas, doubled quotes and
 * line breaks), and TSV as IANA has it (nothing is quoted: a quote is a character).
 */
import { RecordError } from '../errors.ts';
import { attempt, namesColumn, readEntry, type Entry, type Reading } from './fields.ts';
import { textLines, type TextLine } from './text-lines.ts';

/** A row, and the number of its first line. */
export interface Row {
  readonly cells: readonly string[];
  readonly number: number;
}

/** Reads a table row by row. The first row names the columns; a table that does not say where the audio is ends there. */
export async function* delimited(path: string, format: 'csv' | 'tsv', reading: Reading): AsyncGenerator<Entry> {
  let columns: Map<string, number> | null = null;
  for await (const row of delimitedRows(path, format)) {
    if (row instanceof RecordError) {
      yield row;
      continue;
    }
    const { cells, number } = row;
    const place = `${path}:${number}`;
    if (columns === null) {
      columns = new Map(cells.map((name, at) => [name.trim(), at]));
      if (namesColumn([...columns.keys()], 'path', reading)) continue;
      const message = `${place}: no column for the audio path among ${cells.join(', ')}; name it with the option columns.`;
      yield new RecordError('manifest-header', message, { id: place });
      return;
    }
    const header = columns;
    yield attempt(place, () => {
      if (cells.length === header.size)
        return readEntry((name) => cells[header.get(name) ?? -1] || undefined, place, reading);
      throw new RecordError('manifest-line', `${cells.length} fields, but the header names ${header.size}`);
    });
  }
}

/** All rows with something in them, the header too. A row that cannot be read is a fault in its place. */
export function delimitedRows(path: string, format: 'csv' | 'tsv'): AsyncGenerator<Row | RecordError> {
  return format === 'csv' ? csvRows(path) : tsvRows(path);
}

async function* tsvRows(path: string): AsyncGenerator<Row | RecordError> {
  for await (const line of textLines(path)) {
    if (line instanceof RecordError) yield line;
    else if (line.text.trim() !== '') yield { cells: line.text.split('\t'), number: line.number };
  }
}

/** A quoted row may go on over so many lines and characters: an unclosed quote must not swallow the file. */
const MOST_LINES = 100;
const MOST_CHARACTERS = 1 << 20;

/** Joins the lines of rows with quoted line breaks. Where a quote is never closed, only the line that opened it is lost. */
async function* csvRows(path: string): AsyncGenerator<Row | RecordError> {
  const lines = textLines(path);
  const ahead: (TextLine | RecordError)[] = [];
  for (;;) {
    const line = ahead.shift() ?? (await lines.next()).value;
    if (line === undefined) return;
    if (line instanceof RecordError) {
      yield line;
      continue;
    }
    if (line.text.trim() === '') continue;
    let text = line.text;
    let taken = 0;
    let cells = splitCsv(text);
    while (cells === 'open' && taken < MOST_LINES && text.length < MOST_CHARACTERS) {
      if (taken === ahead.length) {
        const next = await lines.next();
        if (next.done === true) break;
        ahead.push(next.value);
      }
      const next = ahead[taken]!;
      if (next instanceof RecordError) break;
      taken++;
      text += `\n${next.text}`;
      cells = splitCsv(text);
    }
    if (Array.isArray(cells)) {
      ahead.splice(0, taken);
      yield { cells, number: line.number };
    } else {
      const fault =
        cells === 'open' ? 'a quote is not closed' : 'a character stands between a closing quote and a comma';
      const place = `${path}:${line.number}`;
      yield new RecordError('manifest-line', `${place}: ${fault}.`, { id: place });
    }
  }
}

/** The cells of a row; `open` when its last quote is not closed, `stray` when something follows a closing quote. */
function splitCsv(text: string): string[] | 'open' | 'stray' {
  const cells: string[] = [];
  for (let at = 0; ; at++) {
    let cell = '';
    if (text[at] === '"') {
      let quote = at;
      do {
        const from = quote + 1;
        quote = text.indexOf('"', from);
        if (quote < 0) return 'open';
        cell += text.slice(from, quote);
        if (text[quote + 1] === '"') cell += text[++quote];
        else at = quote + 1;
      } while (at <= quote);
      if (at < text.length && text[at] !== ',') return 'stray';
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      cell = text.slice(at, end);
      at = end;
    }
    cells.push(cell);
    if (at >= text.length) return cells;
  }
}
