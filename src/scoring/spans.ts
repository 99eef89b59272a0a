/**
 * What became of each stretch of one language: kept, mixed with another script, translated, or lost. The script of what
 * was written tells; a translation and a writing by sound (特殊是 for "today is") look the same to it.
 */
import type { AlignedUnit } from '../records.ts';
import type { SpanCounts } from '../score-counts.ts';

type Outcome = keyof SpanCounts;

/**
 * A span is a longest run of reference units of one declared language; units of none neither end it nor count. What was
 * heard there are the units aligned to it, and what was inserted between two of them.
 * @returns For each language.
 */
export function spanCounts(alignment: readonly AlignedUnit[], languages: readonly string[]): SpanCounts[] {
  const counts = languages.map(() => ({ kept: 0, mixed: 0, translated: 0, lost: 0 }));
  let spoken: string | null = null;
  let heard = new Set<string>();
  let inserted: string[] = [];
  const close = (): void => {
    if (spoken !== null) counts[languages.indexOf(spoken)]![outcomeOf(spoken, heard)] += 1;
  };
  for (const { referenceLanguage, hypothesisLanguage } of alignment) {
    const isHeard = hypothesisLanguage !== null && languages.includes(hypothesisLanguage);
    if (referenceLanguage === null) {
      if (isHeard) inserted.push(hypothesisLanguage);
      continue;
    }
    if (!languages.includes(referenceLanguage)) continue;
    if (referenceLanguage !== spoken) {
      close();
      spoken = referenceLanguage;
      heard = new Set();
    } else for (const language of inserted) heard.add(language);
    inserted = [];
    if (isHeard) heard.add(hypothesisLanguage);
  }
  close();
  return counts;
}

function outcomeOf(spoken: string, heard: ReadonlySet<string>): Outcome {
  if (heard.size === 0) return 'lost';
  if (!heard.has(spoken)) return 'translated';
  return heard.size === 1 ? 'kept' : 'mixed';
}
