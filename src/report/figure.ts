/** A chart with its title, and its figures in a table that can be opened, read out and copied. */
import { html, type Content, type Markup } from './html.ts';

export function figure(
  title: string,
  picture: Content,
  columns: readonly string[],
  rows: readonly (readonly Content[])[],
): Markup {
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${picture}
    <details>
      <summary>Figures<span class="spoken"> of: ${title}</span></summary>
      ${table(title, columns, rows)}
    </details>
  </figure> `;
}

/** A table that scrolls by itself where the page is narrow; by keyboard too. The first cell of a row is its heading. */
export function table(name: string, columns: readonly Content[], rows: readonly (readonly Content[])[]): Markup {
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const body = rows.map(
    ([first = null, ...rest]) =>
      html`<tr>
        <th scope="row">${first}</th>
        ${rest.map((cell) => html`<td>${cell}</td>`)}
      </tr> `,
  );
  return html`<div class="scroll" role="group" aria-label="${name}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
