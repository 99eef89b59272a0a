/** The page of an evaluation. */
import type { ModelProvenance } from '../tables/provenance.ts';
import { documentOf } from './document.ts';
import { html, type Markup } from './html.ts';
import { calibrationSection, confusionSection, section, switchSection } from './language-sections.ts';
import { counted, grouped } from './numbers.ts';
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
  return documentOf(title, introduction(report), sections);
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
