/**
 * The rule of ASCEND's own baseline (HLTCHKUST/ASCEND, utils.py and eval.py). It cuts by jieba and takes all but ASCII
 * pieces apart again, so that jieba decides over ASCII alone: runs of letters and digits are whole, as are runs of # & -,
 * and every other character stands by itself, the apostrophe of `don't` too. Two words are cut otherwise than jieba's
 * dictionary would have it, c# and 江南style.
 */
import { withoutIgnored } from './ascend-characters.ts';
import type { ProfileRule } from './profile.ts';
import { wordsOf } from './python-patterns.ts';

export const ascendOfficial: ProfileRule = {
  name: 'ascend-official',
  summary: "ASCEND's baseline: its characters to ignore taken out, lower case; runs of ASCII letters, and characters.",
  open: async () => (text) =>
    wordsOf(withoutIgnored(text).toLowerCase()).flatMap((piece) => piece.match(/[a-z0-9]+|[#&-]+|./gsu) ?? []),
};
