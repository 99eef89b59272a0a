import { ColumnFault } from '../columns/column.ts';
import { int32 } from '../columns/numbers.ts';
import { float32Array } from '../columns/numeric-array.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

/** Frames of `LogMel.tail`. */
export const TAIL_FRAMES = 4;

export const logMelTable = defineTable(
  'log-mel',
  {
    id: utf8,
    ...originFields,
    /** bands x frames, band after band. */
    values: float32Array,
    /** bands x 4: the frames in which the audio fades out. */
    tail: float32Array,
    bands: int32,
    frames: int32,
  },
  ({ id, origin, values, tail, bands, frames }) => ({ id, ...originToRow(origin), values, tail, bands, frames }),
  (row) => {
    const { id, values, tail, bands, frames } = row;
    checkMatrix('values', values, bands, frames);
    checkMatrix('tail', tail, bands, TAIL_FRAMES);
    return { kind: 'log-mel', id, origin: originFromRow(row), values, tail, bands, frames };
  },
);

/** @throws ColumnFault when a matrix does not have the elements that the sizes beside it promise. */
export function checkMatrix(column: string, values: Float32Array, rows: number, columns: number): void {
  if (rows < 0 || columns < 0 || values.length !== rows * columns) {
    throw new ColumnFault(column, `has ${values.length} elements and says that it is ${rows} x ${columns}`);
  }
}
