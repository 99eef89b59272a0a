/** Whole numbers in English words, as Python's inflect writes them (`number_to_words`): `one thousand and twelve`. */

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = ' ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const scales =
  ' thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion'.split(
    ' ',
  );

/** @param digits ASCII digits. Above 999 decillion they are given back. */
export function numberWords(digits: string): string {
  const plain = digits.replace(/^0+(?=\d)/, '');
  if (plain === '0') return 'zero';
  if (plain.length > scales.length * 3) return digits;
  const groups = plain.padStart(Math.ceil(plain.length / 3) * 3, '0').match(/.../g) ?? [];
  const spoken = groups.flatMap((group, at) => {
    if (group === '000') return [];
    const scale = scales[groups.length - 1 - at]!;
    return [
      { words: underThousand(Number(group)) + (scale && ` ${scale}`), value: scale === '' ? Number(group) : 1000 },
    ];
  });
  const last = spoken.at(-1)!;
  const before = spoken.slice(0, -1).map(({ words }) => words);
  if (before.length === 0) return last.words;
  return before.join(', ') + (last.value < 100 ? ' and ' : ', ') + last.words;
}

function underThousand(value: number): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  if (hundreds === 0) return underHundred(rest);
  return `${small[hundreds]} hundred${rest === 0 ? '' : ` and ${underHundred(rest)}`}`;
}

function underHundred(value: number): string {
  if (value < 20) return small[value]!;
  return tens[Math.floor(value / 10)]! + (value % 10 === 0 ? '' : `-${small[value % 10]}`);
}
