/** Which language was written where which was spoken: rows are what was said, columns what was written. */
import { html, type Content, type Markup } from './html.ts';
import { grouped, percent } from './numbers.ts';

/** Percent of a colour behind a cell: with more of it, text in the dark scheme has less contrast than 4.5 to 1. */
const DEEPEST = 42;

/** @param confusion (languages + 2) squared counts, as `ScoreCounts.confusion` has them. */
export function confusionTable(title: string, confusion: readonly number[], languages: readonly string[]): Markup {
  const size = languages.length + 2;
  const rowNames = [...languages, 'other', 'nothing said'];
  const columnNames = [...languages, 'other', 'nothing written'];
  const cell = (row: number, column: number): number => confusion[row * size + column] ?? 0;
  const rows = rowNames.map((name, row) => {
    const total = columnNames.reduce((sum, _, column) => sum + cell(row, column), 0);
    const shares = columnNames.map((_, column): Content => {
      const count = cell(row, column);
      if (total === 0 || (row === size - 1 && column === size - 1)) return html`<td></td>`;
      const shade = row === column ? 'var(--c2)' : 'var(--c4)';
      return html`<td class="cell" style="--shade: ${shade}; --share: ${Math.round((DEEPEST * count) / total)}%">
        ${percent(count / total)}<br /><small>${grouped(count)}</small>
      </td>`;
    });
    return html`<tr>
      <th scope="row">${name}</th>
      ${shares}
    </tr> `;
  });
  const head = columnNames.map((name) => html`<th scope="col">${name}</th>`);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="scroll" role="group" aria-label="${title}" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">said \\ written</th>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </figure> `;
}
