import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { randomNumbers } from '../../src/random-numbers.ts';
import { RecordError } from '../../src/errors.ts';
import { align, levenshtein, sclite, type Step, type Weights } from '../../src/scoring/align.ts';
import { characterErrors, countErrors } from '../../src/scoring/count-errors.ts';
import { editDistance } from '../../src/scoring/edit-distance.ts';
import type { Unit } from '../../src/scoring/profiles/profile.ts';
import { unitsOf } from '../support/units-of.ts';

type Operation = Step['operation'];

/** All alignments, those with a pair at the end first, then a deletion, then an insertion. */
function allAlignments(reference: readonly Unit[], hypothesis: readonly Unit[]): Operation[][] {
  if (reference.length === 0 && hypothesis.length === 0) return [[]];
  const [from, to] = [reference.at(-1), hypothesis.at(-1)];
  const ending = (operation: Operation, r: readonly Unit[], h: readonly Unit[]): Operation[][] =>
    allAlignments(r, h).map((steps) => [...steps, operation]);
  return [
    ...(from && to
      ? ending(from.text === to.text ? 'hit' : 'substitution', reference.slice(0, -1), hypothesis.slice(0, -1))
      : []),
    ...(from ? ending('deletion', reference.slice(0, -1), hypothesis) : []),
    ...(to ? ending('insertion', reference, hypothesis.slice(0, -1)) : []),
  ];
}

function substitutionsAcross(
  steps: readonly Operation[],
  reference: readonly Unit[],
  hypothesis: readonly Unit[],
): number {
  let [r, h, across] = [0, 0, 0];
  for (const step of steps) {
    if (step === 'substitution' && reference[r]!.language !== hypothesis[h]!.language) across++;
    if (step !== 'insertion') r++;
    if (step !== 'deletion') h++;
  }
  return across;
}

const count = (steps: readonly Operation[], operation: Operation): number =>
  steps.filter((step) => step === operation).length;

/** What decides, in the order in which it does. */
const rules: readonly (readonly [string, Weights, (steps: readonly Operation[]) => readonly number[]])[] = [
  ['Levenshtein', levenshtein, (steps) => [steps.length - count(steps, 'hit'), count(steps, 'substitution')]],
  [
    'sclite',
    sclite,
    (steps) => [
      4 * count(steps, 'substitution') + 3 * (count(steps, 'deletion') + count(steps, 'insertion')),
      steps.length - count(steps, 'hit'),
    ],
  ],
];

/** Short texts over few units, in which ties abound. */
const short = fc
  .array(fc.constantFrom('a', 'b', '是', '的', '3'), { maxLength: 4 })
  .map((units) => unitsOf(units.join(' ')));

/** Levenshtein's rules over a table that is kept whole. */
function byWholeTable(reference: readonly Unit[], hypothesis: readonly Unit[]): Operation[] {
  const [error, substitution] = [1e8, 1e4];
  const width = hypothesis.length + 1;
  const costs = new Float64Array((reference.length + 1) * width);
  const cost = (r: number, h: number): number => (r < 0 || h < 0 ? Infinity : costs[r * width + h]!);
  const pair = (r: number, h: number): number => {
    const [from, to] = [reference[r - 1], hypothesis[h - 1]];
    if (from === undefined || to === undefined) return Infinity;
    if (from.text === to.text) return cost(r - 1, h - 1);
    return cost(r - 1, h - 1) + error + substitution + (from.language === to.language ? 0 : 1);
  };
  for (let r = 0; r <= reference.length; r++) {
    for (let h = 0; h < width; h++) {
      if (r + h > 0) costs[r * width + h] = Math.min(pair(r, h), cost(r - 1, h) + error, cost(r, h - 1) + error);
    }
  }
  const steps: Operation[] = [];
  for (let r = reference.length, h = hypothesis.length; r + h > 0;) {
    if (pair(r, h) === cost(r, h)) {
      steps.push(reference[--r]!.text === hypothesis[--h]!.text ? 'hit' : 'substitution');
    } else if (cost(r - 1, h) + error === cost(r, h)) {
      steps.push('deletion');
      r--;
    } else {
      steps.push('insertion');
      h--;
    }
  }
  return steps.reverse();
}

/** Units over a small vocabulary, in which ties abound at any length. */
function drawn(length: number, seed: number): Unit[] {
  const random = randomNumbers(seed);
  const words = unitsOf('a b c d 是 的 我');
  return Array.from({ length }, () => words[Math.floor(random() * words.length)]!);
}

interface Peers {
  readonly pairs: readonly {
    readonly reference: string;
    readonly hypothesis: string;
    readonly jiwer: readonly number[];
    readonly jiwerCharacters: readonly number[];
    readonly sclite: readonly number[];
  }[];
}

describe('the alignment', () => {
  for (const [name, weights, rank] of rules) {
    it(`under ${name}'s weights is the one that its rules choose among all that there are`, () => {
      fc.assert(
        fc.property(short, short, (reference, hypothesis) => {
          const ranked = allAlignments(reference, hypothesis).map((steps) => ({
            steps,
            rank: [...rank(steps), substitutionsAcross(steps, reference, hypothesis)],
          }));
          const best = ranked.reduce((least, each) => {
            const at = each.rank.findIndex((value, i) => value !== least.rank[i]);
            return at >= 0 && each.rank[at]! < least.rank[at]! ? each : least;
          });
          const steps = align(reference, hypothesis, weights).map(({ operation }) => operation);
          assert.deepEqual(steps, best.steps);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('goes through both sides unit by unit, however long and uneven they are', () => {
    for (const [rows, columns] of [
      [3, 400_000],
      [400_000, 3],
      [0, 5],
      [5, 0],
    ] as const) {
      const [reference, hypothesis] = [drawn(rows, 1), drawn(columns, 2)];
      const steps = align(reference, hypothesis);
      const indices = (side: 'reference' | 'hypothesis') => steps.map((step) => step[side]).filter((at) => at !== null);
      assert.deepEqual(indices('reference'), [...reference.keys()]);
      assert.deepEqual(indices('hypothesis'), [...hypothesis.keys()]);
      const texts = (side: readonly Unit[]): string[] => side.map(({ text }) => text);
      const { substitutions, deletions, insertions } = countErrors(steps);
      assert.equal(substitutions + deletions + insertions, editDistance(texts(reference), texts(hypothesis)));
    }
  }).timeout(60_000);

  it('is the same where costs are kept at intervals as where the whole table is', () => {
    const [reference, hypothesis] = [drawn(1201, 1), drawn(1100, 2)];
    assert.deepEqual(
      align(reference, hypothesis).map(({ operation }) => operation),
      byWholeTable(reference, hypothesis),
    );
  }).timeout(60_000);

  it('refuses what would take hours, with the mend', () => {
    const many = Array.from({ length: 150_000 }, () => ({ text: 'a', language: 'en' }));
    assert.throws(
      () => align(many, many),
      (error) => error instanceof RecordError && error.code === 'too-many-units' && /in utterances/.test(error.message),
    );
  });

  const { pairs } = JSON.parse(readFileSync('fixtures/scoring/peers.json', 'utf8')) as Peers;
  const counted = (steps: readonly Step[]): number[] => {
    const { hits, substitutions, deletions, insertions } = countErrors(steps);
    return [hits, substitutions, deletions, insertions];
  };

  it(`has the counts of NIST's sclite on ${pairs.length} generated pairs`, () => {
    for (const { reference, hypothesis, sclite: theirs } of pairs) {
      assert.deepEqual(counted(align(unitsOf(reference), unitsOf(hypothesis), sclite)), theirs, reference);
    }
  });

  it(`has the errors of JiWER on ${pairs.length} generated pairs, and never fewer hits`, () => {
    for (const { reference, hypothesis, jiwer } of pairs) {
      const ours = counted(align(unitsOf(reference), unitsOf(hypothesis)));
      const errors = ([, ...operations]: readonly number[]): number => operations.reduce((sum, each) => sum + each, 0);
      assert.equal(errors(ours), errors(jiwer), reference);
      assert.ok(ours[0]! >= jiwer[0]!, reference);
    }
  });

  it(`has JiWER's errors over characters on ${pairs.length} generated pairs`, () => {
    for (const { reference, hypothesis, jiwerCharacters } of pairs) {
      const { substitutions, deletions, insertions, units } = characterErrors(unitsOf(reference), unitsOf(hypothesis));
      const [hits, ...errors] = jiwerCharacters;
      assert.equal(units, hits! + errors[0]! + errors[1]!);
      assert.equal(
        substitutions + deletions + insertions,
        errors.reduce((sum, each) => sum + each, 0),
      );
    }
  });
});
