/** Texts as CSV or TSV under a header that names id and text; or, without a header, two columns: id and text. */
import { RecordError } from '../../errors.ts';
import { delimitedRows } from '../delimited.ts';
import { namesText, readText } from './text-fields.ts';
import { textFault, type Side, type TextEntry } from './utterance-text.ts';

export async function* delimitedTexts(path: string, format: 'csv' | 'tsv', side: Side): AsyncGenerator<TextEntry> {
  let header: readonly string[] | null = null;
  for await (const row of delimitedRows(path, format)) {
    if (row instanceof RecordError) {
      yield row;
      continue;
    }
    const { cells, number } = row;
    const place = `${path}:${number}`;
    if (header === null) {
      const names = cells.map((name) => name.trim());
      header = namesText(names, side) ? names : ['id', 'text'];
      if (header === names) continue;
      if (cells.length !== 2) {
        yield textFault(place, `no columns for id and ${side} among ${cells.join(', ')}; name them id and text`);
        return;
      }
    }
    if (cells.length === header.length) yield readText((name) => cells[header!.indexOf(name)], place, side);
    else yield textFault(place, `${cells.length} fields where ${header.length} are expected`);
  }
}
