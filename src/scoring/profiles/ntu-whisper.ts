/**
 * The rule of the SEAME Whisper baselines behind CSTTS-DPO (cmi_dpo/common.py, `seame_normalize`). Apostrophes are
 * deleted: `don't` is `dont`.
 */
import { openCC } from '../../language/script.ts';
import type { ProfileRule } from './profile.ts';
import { python, wordsOf } from './python-patterns.ts';

const punctuation = /[^\p{L}\p{N}_ ]/gu;
const tag = python('<[^>]*>');

export const ntuWhisper: ProfileRule = {
  name: 'ntu-whisper',
  summary: 'Lower case, tags and punctuation to spaces, OpenCC t2s, apostrophes deleted; Han characters and words.',
  open: async () => {
    const simplify = await openCC('t2s');
    return (text) => {
      const plain = simplify(text.toLowerCase().replace(tag, ' ')).replace(/['’]/gu, '');
      const isolated = plain.replace(/[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/gu, ' $& ');
      return wordsOf(isolated.replace(punctuation, ' ').replaceAll('_', ' '));
    };
  },
};
