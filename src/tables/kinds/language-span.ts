/** Columns of a stretch of one language, in tables of hypotheses and of live texts. */
import { float64 } from '../columns/numbers.ts';
import { struct } from '../columns/struct.ts';
import { utf8 } from '../columns/utf8.ts';

export const languageSpan = struct({
  language: utf8,
  text: utf8,
  /** Seconds from the beginning of the recording. */
  start: float64,
  end: float64,
  confidence: float64,
});
