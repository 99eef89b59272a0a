/**
 * Alignment of two sequences of units with the least weighted edits, and the way back through it. Every figure of a
 * score is counted from the steps, so what decides between equally cheap alignments is part of the definition:
 *
 * 1. the least sum of weights;
 * 2. with Levenshtein's weights the fewest substitutions, which is the most hits; with sclite's the fewest errors;
 * 3. the fewest substitutions of a unit by one of another language;
 * 4. read from the end: a pair before a deletion before an insertion.
 *
 * Costs of the first three are digits of one whole number, exact in a double. Memory grows with the square root of the
 * reference times the hypothesis: rows of costs are kept at intervals, and the rows between them are computed again on
 * the way back.
 */
import { RecordError } from '../errors.ts';
import type { AlignedUnit } from '../records.ts';
import type { Unit } from './profiles/profile.ts';

/** What an edit costs: its weight, and what it counts between alignments of equal weight. */
export interface Weights {
  readonly substitution: readonly [weight: number, tie: number];
  readonly deletion: readonly [weight: number, tie: number];
  readonly insertion: readonly [weight: number, tie: number];
}

export const levenshtein: Weights = { substitution: [1, 1], deletion: [1, 0], insertion: [1, 0] };

/** Of NIST's sclite, which finds a hit between a deletion and an insertion (6) cheaper than two substitutions (8). */
export const sclite: Weights = { substitution: [4, 1], deletion: [3, 1], insertion: [3, 1] };

/** Indices into the two sequences; null where the side has no unit. */
export interface Step {
  readonly operation: AlignedUnit['operation'];
  readonly reference: number | null;
  readonly hypothesis: number | null;
}

/** Reference units times hypothesis units: minutes of work. */
const MOST_CELLS = 1e10;
/** As many directions as are kept at once without a second computation: a megabyte. */
const ONE_BLOCK = 1 << 20;

const PAIR = 0;
const DELETION = 1;
const INSERTION = 2;

/**
 * @returns The steps in order; every unit of both sides is in exactly one.
 * @throws RecordError `too-many-units` above 100,000 units on either side or thereabouts.
 */
export function align(reference: readonly Unit[], hypothesis: readonly Unit[], weights: Weights = levenshtein): Step[] {
  const rows = reference.length;
  const columns = hypothesis.length;
  const grid = costGrid(reference, hypothesis, weights);
  const stride = Math.max(1, rows * columns <= ONE_BLOCK ? rows : Math.ceil(Math.sqrt(rows)));
  const blocks = Math.ceil(rows / stride);
  const kept = [grid.first()];
  for (let block = 1; block < blocks; block++) {
    const costs = kept[block - 1]!.slice();
    for (let row = (block - 1) * stride + 1; row <= block * stride; row++) grid.advance(costs, row, null);
    kept.push(costs);
  }
  const moves = Array.from({ length: Math.min(stride, rows) }, () => new Uint8Array(columns + 1));
  const steps: Step[] = [];
  let row = rows;
  let column = columns;
  const step = (move: number): void => {
    const at = { reference: move === INSERTION ? null : --row, hypothesis: move === DELETION ? null : --column };
    steps.push({ operation: operationOf(at, reference, hypothesis), ...at });
  };
  for (let block = blocks - 1; block >= 0; block--) {
    const above = block * stride;
    for (let next = above + 1; next <= row; next++) grid.advance(kept[block]!, next, moves[next - above - 1]!);
    while (row > above) step(column === 0 ? DELETION : moves[row - above - 1]![column]!);
  }
  while (column > 0) step(INSERTION);
  return steps.reverse();
}

function operationOf(
  at: Pick<Step, 'reference' | 'hypothesis'>,
  reference: readonly Unit[],
  hypothesis: readonly Unit[],
): Step['operation'] {
  if (at.reference === null) return 'insertion';
  if (at.hypothesis === null) return 'deletion';
  return reference[at.reference]!.text === hypothesis[at.hypothesis]!.text ? 'hit' : 'substitution';
}

/** Rows of the table of least costs: entry j of row i aligns i units of the reference with j of the hypothesis. */
function costGrid(reference: readonly Unit[], hypothesis: readonly Unit[], weights: Weights) {
  const across = Math.min(reference.length, hypothesis.length) + 1;
  const ties = reference.length + hypothesis.length + 1;
  const cost = ([weight, tie]: readonly [number, number]): number => (weight * ties + tie) * across;
  const substitution = cost(weights.substitution);
  const deletion = cost(weights.deletion);
  const insertion = cost(weights.insertion);
  const largest = Math.max(substitution + 1, deletion, insertion) * ties;
  if (largest > Number.MAX_SAFE_INTEGER || reference.length * hypothesis.length > MOST_CELLS) {
    const sizes = `${reference.length} units of reference and ${hypothesis.length} of hypothesis`;
    throw new RecordError('too-many-units', `${sizes} are too many to align; score the recording in utterances.`);
  }
  const numbers = new Map<string, number>();
  const numbered = (name: string): number => numbers.get(name) ?? numbers.set(name, numbers.size).size - 1;
  const [texts, languages] = columnsOf(hypothesis, numbered);
  const [referenceTexts, referenceLanguages] = columnsOf(reference, numbered);
  return {
    first: () => Float64Array.from({ length: hypothesis.length + 1 }, (_, column) => column * insertion),
    /** Turns the costs of the row before into those of `row`, in place. @param moves Takes the way back. */
    advance(costs: Float64Array, row: number, moves: Uint8Array | null): void {
      const text = referenceTexts[row - 1]!;
      const language = referenceLanguages[row - 1]!;
      let corner = costs[0]!;
      let least = corner + deletion;
      costs[0] = least;
      for (let column = 1; column < costs.length; column++) {
        const above = costs[column]!;
        const inserted = least + insertion;
        let move = PAIR;
        least = corner;
        if (texts[column - 1] !== text) least += languages[column - 1] === language ? substitution : substitution + 1;
        if (above + deletion < least) {
          least = above + deletion;
          move = DELETION;
        }
        if (inserted < least) {
          least = inserted;
          move = INSERTION;
        }
        corner = above;
        costs[column] = least;
        if (moves !== null) moves[column] = move;
      }
    },
  };
}

/** Texts and languages as numbers, which compare faster than strings. */
function columnsOf(units: readonly Unit[], numbered: (name: string) => number): readonly [Int32Array, Int32Array] {
  return [
    Int32Array.from(units, ({ text }) => numbered(`unit ${text}`)),
    Int32Array.from(units, ({ language }) => numbered(`language ${language}`)),
  ];
}
