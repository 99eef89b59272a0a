import { ColumnFault } from '../columns/column.ts';
import { float64, int32 } from '../columns/numbers.ts';
import { float32Array, int32Array, uint8Array } from '../columns/numeric-array.ts';
import { utf8 } from '../columns/utf8.ts';
import { defineTable } from '../record-table.ts';
import { checkMatrix } from './log-mel.ts';
import { originFields, originFromRow, originToRow } from './origin.ts';

/** `duration` is the origin's; seconds of audio in the log-mel, which speed changes, are `heard_seconds`. */
export const trainingUtteranceTable = defineTable(
  'training-utterance',
  {
    id: utf8,
    ...originFields,
    /** bands x frames, band after band. */
    log_mel: float32Array,
    bands: int32,
    frames: int32,
    heard_seconds: float64,
    tokens: int32Array,
    prompt_length: int32,
    /** Parallel to tokens. */
    classes: uint8Array,
  },
  ({ id, origin, logMel, bands, frames, duration, tokens, promptLength, classes }) => ({
    id,
    ...originToRow(origin),
    log_mel: logMel,
    bands,
    frames,
    heard_seconds: duration,
    tokens,
    prompt_length: promptLength,
    classes,
  }),
  (row) => {
    const { id, log_mel: logMel, bands, frames, heard_seconds: duration, tokens, classes } = row;
    checkMatrix('log_mel', logMel, bands, frames);
    if (classes.length !== tokens.length) {
      throw new ColumnFault('classes', `has ${classes.length} entries for ${tokens.length} tokens`);
    }
    const promptLength = row.prompt_length;
    if (promptLength < 0 || promptLength > tokens.length) {
      throw new ColumnFault('prompt_length', `is ${promptLength} of ${tokens.length} tokens`);
    }
    const origin = originFromRow(row);
    return { kind: 'training-utterance', id, origin, logMel, bands, frames, duration, tokens, promptLength, classes };
  },
);
