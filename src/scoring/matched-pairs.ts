/**
 * Matched pairs sentence-segment word error test (MAPSSWE; Gillick and Cox 1989, NIST's sc_stats): the reference is cut
 * where both systems are right for two units, errors of the pieces are taken for independent, and their paired difference
 * is held against a normal distribution.
 */
import type { AlignedUnit } from '../records.ts';

export interface MatchedPairs {
  /** Pieces in which at least one system errs. */
  readonly segments: number;
  /** Mean difference of errors in a piece, first system less second. */
  readonly mean: number;
  /** Difference in standard errors; null with less than two pieces, or where all differ alike. */
  readonly statistic: number | null;
  /** Two-sided. */
  readonly p: number | null;
}

/** How many right units in a row divide two pieces. */
const GOOD_UNITS = 2;

/** @param pairs For each utterance the alignments of the two systems to the same reference. */
export function matchedPairs(pairs: Iterable<readonly [readonly AlignedUnit[], readonly AlignedUnit[]]>): MatchedPairs {
  const differences: number[] = [];
  for (const [a, b] of pairs) differences.push(...segmentDifferences(errorsAtPlaces(a), errorsAtPlaces(b)));
  const segments = differences.length;
  const mean = segments === 0 ? 0 : differences.reduce((sum, each) => sum + each, 0) / segments;
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (segments - 1);
  const isDefined = segments > 1 && variance > 0;
  const statistic = isDefined ? mean / Math.sqrt(variance / segments) : null;
  return { segments, mean, statistic, p: statistic === null ? null : twoSided(statistic) };
}

/** Errors at each place of the reference: the gap before the first unit, that unit, the gap behind it, the next unit, … */
function errorsAtPlaces(alignment: readonly AlignedUnit[]): number[] {
  const errors = [0];
  for (const { operation } of alignment) {
    if (operation === 'insertion') errors[errors.length - 1]! += 1;
    else errors.push(operation === 'hit' ? 0 : 1, 0);
  }
  return errors;
}

/**
 * @returns For each piece in which somebody errs, errors of the first less errors of the second.
 * @throws RangeError when the references differ in length.
 */
function segmentDifferences(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError('Matched pairs need two alignments to the same reference.');
  const differences: number[] = [];
  let good = GOOD_UNITS;
  for (const [place, ofA] of a.entries()) {
    const ofB = b[place]!;
    if (ofA + ofB === 0) {
      good += place % 2;
      continue;
    }
    if (good >= GOOD_UNITS) differences.push(0);
    good = 0;
    differences[differences.length - 1]! += ofA - ofB;
  }
  return differences;
}

/** Probability of a standard normal variable at least so far from zero: the complementary error function of |z| / √2. */
function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  return x < 2 ? 1 - errorSeries(x) : complementFraction(x);
}

/** erf(x) = 2/√π Σ (-1)^n x^(2n+1) / (n! (2n+1)), quick for small x. */
function errorSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** erfc(x) = exp(-x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + …))), quick for large x. */
function complementFraction(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
