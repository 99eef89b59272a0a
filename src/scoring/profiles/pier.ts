/**
 * The rule of the PIER authors (enesyugan/PIER-CodeSwitching-Evaluation, jiwer/process.py, `tokenize_for_mer`): Han and
 * kana characters, full-width forms, ASCII words; all else is passed over. Case and Chinese script are left as they are.
 */
import { numberWords } from './number-words.ts';
import type { ProfileRule } from './profile.ts';

const unit = /[\u4e00-\u9fff\u3040-\u309f\u30a0-\u30ff\uff00-\uffef]|[0-9]+|[a-zA-Z]+'*[a-z]*/gu;

export const pier: ProfileRule = {
  name: 'pier',
  summary: 'As the PIER authors cut: Han and kana characters, full-width forms, ASCII words, digits as English words.',
  // JiWER cuts at spaces once more, so each word of a number counts.
  open: async () => (text) =>
    (text.match(unit) ?? []).flatMap((found) =>
      /^[\d０-９]/.test(found) ? numberWords(found.normalize('NFKC')).split(' ') : [found],
    ),
};
