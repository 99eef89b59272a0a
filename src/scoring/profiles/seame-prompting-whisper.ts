/**
 * How PromptingWhisper scores SEAME (jasonppy/PromptingWhisper, data/seame.py): OpenCC t2s, ASCEND's characters taken
 * out, lower case; then Han characters, ASCII words, and digits spelt out in English as one unit (`21` is `twenty-one`).
 *
 * There the rule is for hypotheses, and references are cut at the spaces of ESPnet's `text.clean`. Those are simplified,
 * in lower case and spelt out, so that the rule leaves them as they are: here it is for both sides.
 */
import { openCC } from '../../language/script.ts';
import { withoutIgnored } from './ascend-characters.ts';
import { numberWords } from './number-words.ts';
import type { ProfileRule } from './profile.ts';

const unit = /[\u4e00-\ufaff]|[0-9]+|[a-zA-Z]+'*[a-z]*/gu;

export const seamePromptingWhisper: ProfileRule = {
  name: 'seame-prompting-whisper',
  summary:
    "PromptingWhisper's scoring of SEAME: OpenCC t2s, lower case; Han characters, ASCII words, digits spelt out.",
  open: async () => {
    const simplify = await openCC('t2s');
    return (text) =>
      (withoutIgnored(simplify(text), false).toLowerCase().match(unit) ?? []).map((found) =>
        /^\d/.test(found) ? numberWords(found) : found,
      );
  },
};
