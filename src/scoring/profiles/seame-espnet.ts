/**
 * ESPnet's recipe for SEAME (egs2/seame/asr1/local/preprocess.py, `normalize_text`), by which the published tables of
 * its conformers count: `<noise>` and `<unk>` are units. What is no ASCII letter, digit, bracket of a tag or apostrophe
 * is taken for Mandarin, a character a unit; Chinese script is left as it is. As in the recipe, `<v-noise>` loses its
 * hyphen before it is looked for and so becomes two units. Unlike it, a text that begins with Mandarin has its first
 * character parted from a word that follows without a space.
 */
import type { ProfileRule } from './profile.ts';
import { python, wordsOf } from './python-patterns.ts';

const noise = [python('\\(pp\\w+\\)'), python('<pp\\w+>')];
const punctuation = /[()[\]{}.,?·@，。、「」＃"~\-—#%_`｀×*（）［］&【】～ｌ\\]/gu;
// eslint-disable-next-line no-control-regex -- control characters are what the rule takes out
const control = /[\x00-\x1f\x7f-\x9f]/gu;
const noiseWords = new Set(['ppl', 'ppc', 'ppb', 'ppo']);
const unknown = /<unl>|< unk >|<unk[a-z ]+>/gu;
const fullWidth = /[ａ-ｚＡ-Ｚ]/gu;
/** Neither ASCII letter, digit (as Python's `str.isdigit` has it), space, bracket of a tag nor apostrophe. */
const mandarin = /[^a-z\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨ <>']/gu;

export const seameEspnet: ProfileRule = {
  name: 'seame-espnet',
  summary:
    "ESPnet's SEAME recipe: lower case, its punctuation to spaces, noise marks kept as units; characters and words.",
  open: async () => (text) => {
    const marked = noise.reduce((so, pattern) => so.replace(pattern, '<noise>'), text.toLowerCase());
    const words = wordsOf(marked.replace(punctuation, ' ').replace(control, ''));
    const folded = words
      .map((word) => (noiseWords.has(word) ? '<noise>' : word))
      .join(' ')
      .replace(fullWidth, (letter) => letter.normalize('NFKC').toLowerCase())
      .replaceAll('é', 'e')
      .replace(unknown, '<unk>');
    const units = wordsOf(folded.replace(mandarin, ' $& '));
    return units.filter((unit, at) => unit !== '<noise>' || units[at - 1] !== '<noise>');
  },
};
