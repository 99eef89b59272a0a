/** A page: one file without any request to the outside; its own policy forbids scripts but the one that it brings. */
import { createHash } from 'node:crypto';
import { html, type Markup } from './html.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** Id, name in the navigation, content; null leaves the section out. */
export type PageSection = readonly [id: string, name: string, content: Markup | null];

export function documentOf(title: string, introduction: Markup, sections: readonly PageSection[]): string {
  const shown = sections.filter(([, , content]) => content !== null);
  const links = shown.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy()}" />
        <title>${title}</title>
        ${look}
      </head>
      <body>
        <a class="skip" href="#main">To the results</a>
        <header>
          <h1>${title}</h1>
          ${introduction}
          <nav aria-label="Sections">
            <ul>
              ${links}
            </ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">${shown.map(([, , content]) => content)}</main>
        ${behaviour}
      </body>
    </html> `.markup;
}

/** Not in the template: formatting it would change the script, and with it the hash that allows it. */
const behaviour: Markup = { markup: `<script>${script}</script>` };
const look: Markup = { markup: `<style>${style}</style>` };

/** Nothing is loaded; audio and the style are in the page; of scripts, ours alone. */
function policy(): string {
  const hash = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; media-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}
