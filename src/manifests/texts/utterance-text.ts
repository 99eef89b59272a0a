/** What references and hypotheses are read as, whatever the file. */
import { RecordError } from '../../errors.ts';
import type { Hypothesis } from '../../records.ts';

/** Which side of a score a file stands on: some files have both. */
export type Side = 'reference' | 'hypothesis';

/** The text of one utterance. */
export interface UtteranceText {
  readonly id: string;
  readonly text: string;
  readonly speaker: string | null;
  /** Where it stands, for messages: `ref.trn:12`. */
  readonly place: string;
  /** The whole record, where a file of hypotheses holds one. */
  readonly hypothesis?: Hypothesis;
}

/** What a file gives for each line: a text, or why there is none. */
export type TextEntry = UtteranceText | RecordError;

/** @param message What is wrong and what would mend it; without place and full stop. */
export function textFault(place: string, message: string, cause?: unknown): RecordError {
  return new RecordError('text-line', `${place}: ${message}.`, { id: place, cause });
}
