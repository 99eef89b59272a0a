/**
 * openai-whisper's `EnglishTextNormalizer` (whisper/normalizers/english.py), rule for rule: contractions and titles
 * written out, numbers in digits, American spelling. It removes "uh", "um", "hmm" and the like and reads 's as "is", so
 * that its error rates are lower than others and its text is not always the speaker's. It is not quite idempotent.
 */
import { americanSpellings } from './american-spellings.ts';
import { withoutBrackets } from './bracketed.ts';
import { numbersInDigits } from './english-numbers.ts';
import { hanAndWords } from './han-units.ts';
import type { ProfileRule } from './profile.ts';
import { python, wordsOf } from './python-patterns.ts';

export const whisperEnglish: ProfileRule = {
  name: 'whisper-english',
  summary:
    "openai-whisper's EnglishTextNormalizer: contractions written out, numbers in digits, American spelling, no uh and um.",
  open: async () => (text) => hanAndWords(englishText(text)),
};

const ignored = python('\\b(?:hmm|mm|mhm|mmm|uh|um)\\b');
const spaceBeforeApostrophe = python("\\s+'");
const comma = python('(\\d),(\\d)');

/** In the order in which they are applied. */
const written = Object.entries({
  "\\bwon't\\b": 'will not',
  "\\bcan't\\b": 'can not',
  "\\blet's\\b": 'let us',
  "\\bain't\\b": 'aint',
  "\\by'all\\b": 'you all',
  '\\bwanna\\b': 'want to',
  '\\bgotta\\b': 'got to',
  '\\bgonna\\b': 'going to',
  "\\bi'ma\\b": 'i am going to',
  '\\bimma\\b': 'i am going to',
  '\\bwoulda\\b': 'would have',
  '\\bcoulda\\b': 'could have',
  '\\bshoulda\\b': 'should have',
  "\\bma'am\\b": 'madam',
  '\\bmr\\b': 'mister ',
  '\\bmrs\\b': 'missus ',
  '\\bst\\b': 'saint ',
  '\\bdr\\b': 'doctor ',
  '\\bprof\\b': 'professor ',
  '\\bcapt\\b': 'captain ',
  '\\bgov\\b': 'governor ',
  '\\bald\\b': 'alderman ',
  '\\bgen\\b': 'general ',
  '\\bsen\\b': 'senator ',
  '\\brep\\b': 'representative ',
  '\\bpres\\b': 'president ',
  '\\brev\\b': 'reverend ',
  '\\bhon\\b': 'honorable ',
  '\\basst\\b': 'assistant ',
  '\\bassoc\\b': 'associate ',
  '\\blt\\b': 'lieutenant ',
  '\\bcol\\b': 'colonel ',
  '\\bjr\\b': 'junior ',
  '\\bsr\\b': 'senior ',
  '\\besq\\b': 'esquire ',
  "'d been\\b": ' had been',
  "'s been\\b": ' has been',
  "'d gone\\b": ' had gone',
  "'s gone\\b": ' has gone',
  "'d done\\b": ' had done',
  "'s got\\b": ' has got',
  "n't\\b": ' not',
  "'re\\b": ' are',
  "'s\\b": ' is',
  "'d\\b": ' would',
  "'ll\\b": ' will',
  "'t\\b": ' not',
  "'ve\\b": ' have',
  "'m\\b": ' am',
}).map(([source, replacement]) => [python(source), replacement] as const);

/** Letters that NFKD does not take apart (whisper/normalizers/basic.py, `ADDITIONAL_DIACRITICS`); of lower case only ẞ's. */
const lettersWithoutMarks = new Map(
  Object.entries({ œ: 'oe', ø: 'o', æ: 'ae', ß: 'ss', đ: 'd', ð: 'd', þ: 'th', ł: 'l' }),
);

/** Marks, symbols and punctuation, but for those that numbers have. */
const symbols = /(?![.%$¢€£])[\p{M}\p{S}\p{P}]/gu;

/** The text as `EnglishTextNormalizer()` gives it, but for spaces at its ends. */
export function englishText(text: string): string {
  const heard = withoutBrackets(text.toLowerCase()).replace(ignored, '').replace(spaceBeforeApostrophe, "'");
  const spelt = written.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), heard);
  const pointed = spelt.replace(comma, '$1$2').replace(/\.([^0-9]|$)/gu, ' $1');
  const numbered = numbersInDigits(withoutMarks(pointed));
  return wordsOf(numbered)
    .map((word) => americanSpellings.get(word) ?? word)
    .join(' ')
    .replace(/[.$¢€£]([^0-9])/gu, ' $1')
    .replace(/([^0-9])%/gu, '$1 ')
    .replace(/ +/g, ' ')
    .trim();
}

/** `remove_symbols_and_diacritics`: marks above and below letters go, symbols become spaces. */
function withoutMarks(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[œøæßđðþł]/gu, (letter) => lettersWithoutMarks.get(letter)!)
    .replace(symbols, ' ');
}
