/** Columns of text with a heading each, as terminals show them. Pure. */

export interface Column<Row> {
  readonly heading: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /** Columns with the lowest figure are left out first where the terminal is too narrow; absent means never. */
  readonly rank?: number;
}

/** Cells a text takes on a terminal: wide CJK characters count two, combining marks none. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    cells +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return cells;
}

/** Lines of the table, heading first, no wider than `columns` cells where leaving out ranked columns can help it. */
export function textTable<Row>(rows: readonly Row[], all: readonly Column<Row>[], columns = Infinity): string[] {
  let chosen = [...all];
  for (;;) {
    const widths = chosen.map((column) => Math.max(...[column.heading, ...rows.map(column.cell)].map(cellsOf)));
    const width = widths.reduce((sum, each) => sum + each + 2, -2);
    const dropped = chosen
      .filter((column) => column.rank !== undefined)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))[0];
    if (width <= columns || dropped === undefined) {
      const line = (texts: readonly string[]) =>
        texts
          .map((text, index) => pad(text, widths[index] ?? 0, chosen[index]?.align))
          .join('  ')
          .trimEnd();
      return [
        line(chosen.map((column) => column.heading)),
        ...rows.map((row) => line(chosen.map((column) => column.cell(row)))),
      ];
    }
    chosen = chosen.filter((column) => column !== dropped);
  }
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - cellsOf(text)));
  return align === 'left' ? text + space : space + text;
}
