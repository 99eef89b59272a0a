/**
 * The languages of a recording as its reference tells them, in the place of what detection hears: the ceiling of every
 * choice of one tag for one utterance.
 */
import { defineOperator, RecordError } from 'diglot';
import { z } from 'zod';

export const referenceLanguage = defineOperator(
  {
    name: 'reference-language',
    summary: 'Tells the share of Mandarin and English in the reference of a recording.',
    shape: 'each',
    input: 'encoding',
    output: 'language-posterior',
    options: z.strictObject({}),
    checkpoint: 'stateless',
  },
  () =>
    ({ id, origin }) => {
      const text = origin.reference ?? '';
      const units = {
        zh: text.match(/\p{sc=Han}/gu)?.length ?? 0,
        en: text.match(/\p{sc=Latin}+/gu)?.length ?? 0,
      };
      const sum = units.zh + units.en;
      if (sum === 0) throw new RecordError('no-reference', `${origin.path} has no reference in Mandarin or English.`);
      const languages = units.zh >= units.en ? (['zh', 'en'] as const) : (['en', 'zh'] as const);
      const probabilities = languages.map((language) => units[language] / sum);
      return { kind: 'language-posterior' as const, id, origin, languages, probabilities };
    },
);
