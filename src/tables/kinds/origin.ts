/** Columns in which records keep where they come from. One place each, flat, so that a query can name them. */
import type { Gap, Origin, Piece } from '../../records.ts';
import { ColumnFault } from '../columns/column.ts';
import { nullable } from '../columns/nullable.ts';
import { float64, int32 } from '../columns/numbers.ts';
import type { RowOf } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';

export const originFields = {
  path: utf8,
  /** Seconds from the beginning of the recording, and of audio. */
  start: float64,
  duration: float64,
  reference: nullable(utf8),
  speaker: nullable(utf8),
  /** Of the pieces that `segment` cuts: the recording, the place from 0, and how many there are. */
  recording: nullable(utf8),
  piece_index: nullable(int32),
  piece_count: nullable(int32),
  /** Audio lost directly before, in seconds of the recording, and how many records it was. */
  gap_start: nullable(float64),
  gap_duration: nullable(float64),
  gap_records: nullable(int32),
};

type OriginRow = RowOf<typeof originFields>;

export function originToRow({ path, start, duration, reference, speaker, piece, gap }: Origin): OriginRow {
  return {
    path,
    start,
    duration,
    reference,
    speaker,
    recording: piece?.recording ?? null,
    piece_index: piece?.index ?? null,
    piece_count: piece?.count ?? null,
    gap_start: gap?.start ?? null,
    gap_duration: gap?.duration ?? null,
    gap_records: gap?.records ?? null,
  };
}

/** @throws ColumnFault when times are negative, or a piece is not one of those that its recording has. */
export function originFromRow(row: OriginRow): Origin {
  const { path, start, duration, reference, speaker } = row;
  if (start < 0 || duration < 0) throw new ColumnFault('start', 'or duration is negative');
  const origin = { path, start, duration, reference, speaker, piece: pieceFromRow(row) };
  const gap = gapFromRow(row);
  return gap === null ? origin : { ...origin, gap };
}

function pieceFromRow({ recording, piece_index: index, piece_count: count }: OriginRow): Piece | null {
  if (recording === null || index === null || count === null) return null;
  if (index < 0 || index >= count) throw new ColumnFault('piece_index', `is ${index} of ${count}`);
  return { recording, index, count };
}

function gapFromRow({ gap_start: start, gap_duration: duration, gap_records: records }: OriginRow): Gap | null {
  if (start === null || duration === null || records === null) return null;
  if (start < 0 || duration < 0 || records < 0)
    throw new ColumnFault('gap_start', ', gap_duration or gap_records is negative');
  return { start, duration, records };
}
