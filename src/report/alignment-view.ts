/**
 * An alignment to look at: reference above hypothesis, unit under unit. What was heard wrong is told by colour, by a
 * mark and by a line under it; who listens to the page gets both texts and the count of errors.
 */
import type { AlignedUnit } from '../records.ts';
import { html, type Content, type Markup } from './html.ts';
import { counted } from './numbers.ts';

const GAP = '·';
const marks: Readonly<Record<AlignedUnit['operation'], string>> = {
  hit: '',
  substitution: '≠',
  deletion: '−',
  insertion: '+',
};

/** @param name Whose hypothesis it is. */
export function alignmentView(name: string, alignment: readonly AlignedUnit[]): Markup {
  const units = alignment.map(
    (unit) =>
      html`<span class="unit ${unit.operation}"
        ><span class="${languageClass(unit.referenceLanguage)}">${unit.reference ?? GAP}</span
        ><span class="${languageClass(unit.hypothesisLanguage)}">${unit.hypothesis ?? GAP}</span
        ><span class="operation">${marks[unit.operation]}</span></span
      >`,
  );
  return html`<div class="alignment">
    <p class="system">${name}: ${errorsOf(alignment)}</p>
    <p class="spoken">
      Reference: ${unitsOf(alignment, 'reference')}. Hypothesis: ${unitsOf(alignment, 'hypothesis')}.
    </p>
    <div class="units" aria-hidden="true">${units}</div>
  </div> `;
}

/** `2 substitutions, 1 deletion`, or `no errors`. */
export function errorsOf(alignment: readonly AlignedUnit[]): string {
  const kinds = (['substitution', 'deletion', 'insertion'] as const)
    .map((kind) => [kind, alignment.filter(({ operation }) => operation === kind).length] as const)
    .filter(([, count]) => count > 0);
  return kinds.length === 0 ? 'no errors' : kinds.map(([kind, count]) => counted(count, kind)).join(', ');
}

/** Class of the colour of a language: any name may come from a file, so only known ones become classes. */
export function languageClass(language: string | null): string {
  return language === 'zh' ? 'zh' : language === 'en' ? 'en' : 'other';
}

/** The units of a side in runs of one language, so that a voice can be chosen for each. */
function unitsOf(alignment: readonly AlignedUnit[], side: 'reference' | 'hypothesis'): Content {
  const runs: { language: string; units: string[] }[] = [];
  for (const unit of alignment) {
    const text = unit[side];
    if (text === null) continue;
    const language = languageClass(unit[`${side}Language`]);
    const last = runs.at(-1);
    if (last?.language === language) last.units.push(text);
    else runs.push({ language, units: [text] });
  }
  return runs.map(({ language, units }, at) => [
    at === 0 ? null : ' ',
    language === 'other' ? units.join(' ') : html`<span lang="${language}">${units.join(' ')}</span>`,
  ]);
}
