/**
 * How AISHELL results are reported: WeNet's tools/compute-wer.py with --char=1 (`characterize`, `normalize`). Upper case;
 * letters of scripts without case (Han, kana, Thai) are units, all else goes on to the next space or non-ASCII
 * character; punctuation of its list and tags are passed over.
 */
import type { ProfileRule } from './profile.ts';

/** What may go on a unit: ASCII but for the four kinds of space that WeNet knows. */
const ascii = '\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f!-\\x7f';
/** A letter without case; a tag, to its end; or any other character and the ASCII behind it. */
const unit = new RegExp(
  `\\p{Lo}|<[[${ascii}]--[>]]*>?|[^\\p{Lo}\\p{Zs}\\p{Cn}\\t\\r\\n<!,?、。！，；？：「」︰『』《》][${ascii}]*`,
  'gv',
);

export const aishell: ProfileRule = {
  name: 'aishell',
  summary: "WeNet's compute-wer.py --char=1, as AISHELL results are reported: upper case, characters, ASCII words.",
  open: async () => (text) =>
    (text.match(unit) ?? [])
      .map((found) => found.toUpperCase().replace(/<[^>]*>?/gu, ''))
      .filter((found) => found !== ''),
};
