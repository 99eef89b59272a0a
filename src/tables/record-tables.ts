/** The tables of diglot's own record kinds. A batch has none: its records are written one by one. */
import { errorTable } from './kinds/error.ts';
import { encodingTable } from './kinds/encoding.ts';
import { hypothesisTable } from './kinds/hypothesis.ts';
import { languagePosteriorTable } from './kinds/language-posterior.ts';
import { finalTable, partialTable } from './kinds/live-text.ts';
import { logMelTable } from './kinds/log-mel.ts';
import { partTable } from './kinds/part.ts';
import { scoreTable } from './kinds/score.ts';
import { trainingStepTable } from './kinds/training-step.ts';
import { trainingUtteranceTable } from './kinds/training-utterance.ts';
import { utteranceTable } from './kinds/utterance.ts';
import { waveformTable } from './kinds/waveform.ts';
import { weightSettingTable } from './kinds/weight-setting.ts';
import type { RecordTable } from './record-table.ts';

const tables = [
  encodingTable,
  errorTable,
  finalTable,
  hypothesisTable,
  languagePosteriorTable,
  logMelTable,
  partTable,
  partialTable,
  scoreTable,
  trainingStepTable,
  trainingUtteranceTable,
  utteranceTable,
  waveformTable,
  weightSettingTable,
];

const byKind = new Map(tables.map((table) => [table.kind, table as RecordTable]));

/** The table of a kind, or undefined for a kind that a plugin brought; see `infer-table.ts`. */
export function tableOf(kind: string): RecordTable | undefined {
  return byKind.get(kind);
}
