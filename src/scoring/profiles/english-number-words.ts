/** Words that have to do with numbers, as openai-whisper's `EnglishNumberNormalizer` knows them. */

const ones = new Map(
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((name, at) => [name, BigInt(at + 1)]),
);
const tens = new Map(
  'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ').map((name, at) => [name, BigInt(10 * (at + 2))]),
);
const multipliers = new Map<string, bigint>([
  ['hundred', 100n],
  ...'thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion'
    .split(' ')
    .map((name, at) => [name, 1000n ** BigInt(at + 1)] as const),
]);
const zeros = new Set(['o', 'oh', 'zero']);

/** A value and the ending of its digits: 20th, 60s. */
type Suffixed = ReadonlyMap<string, readonly [value: bigint, ending: string]>;

function suffixed(words: ReadonlyMap<string, bigint>, form: (name: string) => readonly [string, string]): Suffixed {
  return new Map(
    Array.from(words, ([name, value]) => {
      const [word, ending] = form(name);
      return [word, [value, ending]];
    }),
  );
}

const irregular = new Map([
  ['one', ['first', 'st']],
  ['two', ['second', 'nd']],
  ['three', ['third', 'rd']],
  ['five', ['fifth', 'th']],
  ['twelve', ['twelfth', 'th']],
] as const);

const onesSuffixed: Suffixed = new Map([
  ...suffixed(ones, (name) => [name === 'six' ? 'sixes' : `${name}s`, 's']),
  ['zeroth', [0n, 'th']],
  ...suffixed(ones, (name) => irregular.get(name as 'one') ?? [name + (name.endsWith('t') ? 'h' : 'th'), 'th']),
]);
const tensSuffixed: Suffixed = new Map([
  ...suffixed(tens, (name) => [name.replace('y', 'ies'), 's']),
  ...suffixed(tens, (name) => [name.replace('y', 'ieth'), 'th']),
]);
const multipliersSuffixed: Suffixed = new Map([
  ...suffixed(multipliers, (name) => [`${name}s`, 's']),
  ...suffixed(multipliers, (name) => [`${name}th`, 'th']),
]);

/** Signs that are said before a number, and those that are said behind it; both are written before. */
const precedingSigns = new Map([
  ['minus', '-'],
  ['negative', '-'],
  ['plus', '+'],
  ['positive', '+'],
]);
const followingSigns = new Map([
  ['pound', '£'],
  ['pounds', '£'],
  ['euro', '€'],
  ['euros', '€'],
  ['dollar', '$'],
  ['dollars', '$'],
  ['cent', '¢'],
  ['cents', '¢'],
]);

export const numberTables = {
  zeros,
  ones,
  onesSuffixed,
  tens,
  tensSuffixed,
  multipliers,
  multipliersSuffixed,
  precedingSigns,
  followingSigns,
  signs: new Set([...precedingSigns.values(), ...followingSigns.values()]),
  /** What may follow "point". */
  decimals: new Set([...ones.keys(), ...tens.keys(), ...zeros]),
  /** All of them. */
  words: new Set([
    ...[zeros, ones, onesSuffixed, tens, tensSuffixed, multipliers, multipliersSuffixed].flatMap((some) => [
      ...some.keys(),
    ]),
    ...precedingSigns.keys(),
    ...followingSigns.keys(),
    ...['per', 'percent', 'and', 'double', 'triple', 'point'],
  ]),
} as const;
