/**
 * Hypotheses of pieces in files that keep nothing but ids: `segment` calls the pieces of `talk` by `talk#0001`,
 * `talk#0002`, …, and the reference is of `talk`.
 */
import type { RecordError } from '../../errors.ts';
import { joinTexts } from '../../tables/text/transcript.ts';
import type { TextTable } from './pair-texts.ts';
import { textFault, type UtteranceText } from './utterance-text.ts';

const pieceId = /^(?<recording>.+)#(?<number>\d{4,})$/;

/**
 * Joins what is a piece of a reference; ids that are references themselves stay as they are.
 * @returns With a fault for each recording of which a piece between the first and the last is not there. That pieces behind
 *   the last are missing cannot be seen: only Arrow says how many there were.
 */
export function joinNumberedPieces({ texts, faults }: TextTable, references: TextTable['texts']): TextTable {
  const joined = new Map<string, UtteranceText>();
  const recordings = new Map<string, Map<number, UtteranceText>>();
  for (const [id, text] of texts) {
    const { recording = '', number = '' } = pieceId.exec(id)?.groups ?? {};
    if (references.has(id) || texts.has(recording) || !references.has(recording)) joined.set(id, text);
    else {
      const pieces = recordings.get(recording) ?? new Map<number, UtteranceText>();
      recordings.set(recording, pieces.set(Number(number), text));
    }
  }
  const gaps: RecordError[] = [];
  for (const [recording, pieces] of recordings) {
    const inOrder = [...pieces].sort(([a], [b]) => a - b).map(([, text]) => text);
    const missing = inOrder.findIndex((_, at) => !pieces.has(at + 1)) + 1;
    const [first] = inOrder as [UtteranceText];
    if (missing === 0) {
      joined.set(recording, { ...first, id: recording, text: inOrder.map(({ text }) => text).reduce(joinTexts) });
    } else {
      const name = `${recording}#${String(missing).padStart(4, '0')}`;
      gaps.push(
        textFault(first.place, `${name} is missing among the ${pieces.size} pieces of ${recording}; decode it`),
      );
    }
  }
  return { texts: joined, faults: [...faults, ...gaps] };
}
