import type { Window } from '../../records.ts';
import { ColumnFault } from '../columns/column.ts';
import { nullable } from '../columns/nullable.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { float32Array } from '../columns/numeric-array.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { checkMatrix, TAIL_FRAMES } from './log-mel.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

/** The log-mel of an encoding has its id and origin, so only its matrix is kept. */
export const encodingTable = defineTable(
  'encoding',
  {
    id: utf8,
    ...originFields,
    model: utf8,
    /** `full` or `fit`; seconds of slack for `fit`. */
    window: utf8,
    slack: nullable(float64),
    /** positions x width. */
    states: float32Array,
    positions: int32,
    width: int32,
    /** bands x frames. */
    log_mel: float32Array,
    /** bands x 4. */
    log_mel_tail: float32Array,
    bands: int32,
    frames: int32,
  },
  ({ id, origin, model, window, states, positions, width, logMel }) => ({
    id,
    ...originToRow(origin),
    model,
    window: window.kind,
    slack: window.kind === 'fit' ? window.slack : null,
    states,
    positions,
    width,
    log_mel: logMel.values,
    log_mel_tail: logMel.tail,
    bands: logMel.bands,
    frames: logMel.frames,
  }),
  (row) => {
    const { id, model, states, positions, width, log_mel: values, log_mel_tail: tail, bands, frames } = row;
    const origin = originFromRow(row);
    checkMatrix('states', states, positions, width);
    checkMatrix('log_mel', values, bands, frames);
    checkMatrix('log_mel_tail', tail, bands, TAIL_FRAMES);
    const logMel = { kind: 'log-mel', id, origin, values, tail, bands, frames } as const;
    return { kind: 'encoding', id, origin, model, window: windowFromRow(row), states, positions, width, logMel };
  },
);

function windowFromRow({ window, slack }: { readonly window: string; readonly slack: number | null }): Window {
  if (window === 'full') return { kind: 'full' };
  if (window === 'fit' && slack !== null && slack >= 0) return { kind: 'fit', slack };
  throw new ColumnFault('window', `is ${window} with slack ${slack}, neither "full" nor "fit" with seconds`);
}
