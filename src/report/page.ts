/** The page: one file without any request to the outside; its own policy forbids scripts but the one that it brings. */
import { createHash } from 'node:crypto';
import type { ModelProvenance } from '../tables/provenance.ts';
import { html, type Markup } from './html.ts';
import { calibrationSection, confusionSection, section, switchSection } from './language-sections.ts';
import { counted, grouped } from './numbers.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { inOrder, type SystemFigures } from './system-figures.ts';
import { systemsSection } from './systems-section.ts';
import { utteranceView, type ShownUtterance } from './utterance-view.ts';
import { weightCharts } from './weight-curve.ts';

export interface Report {
  readonly title: string;
  readonly systems: readonly SystemFigures[];
  readonly baseline: SystemFigures;
  /** The system that charts and utterances are of. */
  readonly looked: SystemFigures;
  readonly utterances: readonly ShownUtterance[];
  readonly models: readonly ModelProvenance[];
  readonly version: string;
}

export function page(report: Report): string {
  const { title, systems, baseline, looked, utterances } = report;
  const ordered = inOrder(systems);
  const compared = looked === baseline ? [baseline] : [looked, baseline];
  const weights = weightCharts(systems);
  const sections = [
    ['systems', 'Systems', systemsSection(ordered, baseline)],
    [
      'weights',
      'Weights',
      weights.length === 0 ? null : section('weights', 'Weights', html`<div class="charts">${weights}</div>`),
    ],
    ['switches', 'Switches', switchSection(compared)],
    ['confusion', 'Confusion', confusionSection(compared)],
    ['calibration', 'Calibration', calibrationSection(compared)],
    ['utterances', 'Utterances', utterancesSection(looked, utterances)],
    ['origin', 'Origin', originSection(report)],
  ] as const;
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
          ${introduction(report)}
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

function introduction({ systems, baseline, looked }: Report): Markup {
  const { languages, utterances, mixedErrorRate, profile, counts } = baseline.summary;
  const [{ block } = { block: '' }] = baseline.outcomes.values();
  const drawn = block.startsWith('speaker') ? 'speakers' : 'utterances';
  const switches = counts.switches === 0 ? '' : `, ${counted(counts.switches, 'switch', 'switches')} of language`;
  return html`<p>
      ${counted(systems.length, 'system')} on ${counted(utterances, 'utterance')} with ${grouped(mixedErrorRate.units)}
      units${switches}. Languages: ${languages.join(', ')}. Normalisation: ${profile}.
    </p>
    <p class="note">
      Mixed error rate: substitutions, deletions and insertions over units of the reference; a Han character is a unit,
      a word of another script is one. Intervals and p: bootstrap over ${drawn}, 10,000 resamples, in pairs with the
      baseline <b>${baseline.name}</b>. Charts and utterances are of <b>${looked.name}</b>.
    </p>`;
}

function utterancesSection(looked: SystemFigures, utterances: readonly ShownUtterance[]): Markup {
  const key = html`<p class="note">
    Reference above, hypothesis below; <span class="zh">zh</span> and <span class="en">en</span> in their colours. ≠
    substituted, − deleted, + inserted.
  </p>`;
  const none = html`<p>${looked.name} makes no error.</p>`;
  const content = utterances.length === 0 ? none : html`${key}${utterances.map(utteranceView)}`;
  return section('utterances', `The worst utterances of ${looked.name}`, content);
}

function originSection({ models, version }: Report): Markup {
  const lines = models.map(
    ({ name, sha256, device }) =>
      html`<li>${name}: sha256 <code>${sha256 ?? 'unknown'}</code>, on ${device ?? 'an unknown device'}</li>`,
  );
  return section(
    'origin',
    'How it came to be',
    html`<p>
        Written by diglot ${version}. <code>diglot explain</code> tells of every table with which pipeline and options
        it was made.
      </p>
      <ul>
        ${lines}
      </ul>`,
  );
}
