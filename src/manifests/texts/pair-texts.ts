/** References and hypotheses brought together by utterance id, with an account of what is on one side only. */
import { parse } from 'node:path';
import { RecordError } from '../../errors.ts';
import { textFault, type TextEntry, type UtteranceText } from './utterance-text.ts';

/** The texts of a side by id, and what could not be used of it. */
export interface TextTable {
  readonly texts: ReadonlyMap<string, UtteranceText>;
  /** Lines that cannot be read, and ids that come a second time; the first counts. */
  readonly faults: readonly RecordError[];
}

export interface Pairs {
  /** In the order of the references. */
  readonly pairs: readonly (readonly [reference: UtteranceText, hypothesis: UtteranceText])[];
  readonly withoutHypothesis: readonly UtteranceText[];
  readonly withoutReference: readonly UtteranceText[];
  /** Ids had nothing in common, so the names of files without folder and ending were compared. */
  readonly isByFileName: boolean;
}

export async function tableOfTexts(entries: AsyncIterable<TextEntry>): Promise<TextTable> {
  const texts = new Map<string, UtteranceText>();
  const faults: RecordError[] = [];
  for await (const entry of entries) {
    const first = entry instanceof RecordError ? undefined : texts.get(entry.id);
    if (entry instanceof RecordError) faults.push(entry);
    else if (first === undefined) texts.set(entry.id, entry);
    else
      faults.push(textFault(entry.place, `${entry.id} stands at ${first.place} already, which counts; leave one out`));
  }
  return { texts, faults };
}

export function pairTexts(references: TextTable['texts'], hypotheses: TextTable['texts']): Pairs {
  const exact = [...references.keys()].some((id) => hypotheses.has(id));
  const byName = exact ? null : namesOf(hypotheses);
  const isByFileName = byName !== null && [...references.keys()].some((id) => byName.has(nameOf(id)));
  const pairs: (readonly [UtteranceText, UtteranceText])[] = [];
  const withoutHypothesis: UtteranceText[] = [];
  const used = new Set<string>();
  for (const reference of references.values()) {
    const found = isByFileName ? byName.get(nameOf(reference.id)) : hypotheses.get(reference.id);
    if (found === undefined || used.has(found.id)) withoutHypothesis.push(reference);
    else {
      used.add(found.id);
      pairs.push([reference, found]);
    }
  }
  const withoutReference = [...hypotheses.values()].filter(({ id }) => !used.has(id));
  return { pairs, withoutHypothesis, withoutReference, isByFileName };
}

/** Texts by the name of their file; a name that two of them have stands for neither. */
function namesOf(texts: TextTable['texts']): Map<string, UtteranceText> {
  const names = new Map<string, UtteranceText>();
  const twice = new Set<string>();
  for (const text of texts.values()) {
    const name = nameOf(text.id);
    if (names.has(name)) twice.add(name);
    names.set(name, text);
  }
  for (const name of twice) names.delete(name);
  return names;
}

function nameOf(id: string): string {
  return parse(id.replaceAll('\\', '/')).name;
}
