/**
 * Language terms in a row of next-token scores (method-specs 1.4). What the model gives each class is added up, then one
 * number is added to every token of a class. Because tokens of a class keep their relative probabilities, what the
 * row sums to afterwards is known in closed form, and every step is a normalised distribution again.
 */
import { classMasses, largestOf, sharesOfClasses, shiftScores, tokenGroups, type TokenGroup } from './class-masses.ts';
import { checkTerms, languageOffsets, overClasses, scaleOf, type LanguageTerms } from './language-terms.ts';
import type { ByteState, TokenLanguages } from './token-language.ts';
import { valueOf, type TokenRow } from './token-row.ts';

export interface RescoringOptions extends LanguageTerms {
  /**
   * Which tokens carry the language term: all of them (`inherit`), or only those that begin a character or a word
   * (`once`), so that a word of many tokens is not charged more than a word of one.
   */
  readonly fragmentPolicy: 'inherit' | 'once';
  /**
   * Exponents of which `sums` tells, besides that of the terms themselves where it is not 1; default none. Needs whole rows.
   */
  readonly powers?: readonly number[];
}

export interface RescoredRow {
  /** Token v has the natural log-probability `valueOf(row, v) - normaliser`. */
  readonly normaliser: number;
  /** a: what the row gave each class before; sums to 1. */
  readonly internal: Float64Array;
  /** q over all classes, as it was used; null without one. */
  readonly external: Float64Array | null;
  /** Natural log-probability that a token had before the language terms. */
  readonly logProbability: (token: number) => number;
  /** Sums that stored candidates are normalised by without the model. */
  readonly sums: () => RowSums;
}

/** What the closed forms of the normalisers need beside a and q. */
export interface RowSums {
  /** The part of a of each class that belongs to tokens which carry no term under `once`. */
  readonly exempt: Float64Array;
  readonly powers: readonly number[];
  /** For each power the natural logarithm of the sum of p^power over each class's other tokens, then over these. */
  readonly powerSums: Float64Array;
}

/**
 * Where every token is masked, or a score is NaN, `normaliser` is -Infinity or NaN, the row is left as it is, and a is
 * all `other`.
 * @param row Natural log-probabilities, masked tokens at -Infinity; a shortlist is that of the same groups and scale.
 *   Changed in place.
 * @param state Byte state of the hypothesis that the row continues.
 * @param external q over the declared languages, or over all classes; null without a calibrator.
 */
export type Rescore = (row: TokenRow, state: ByteState, external: Float64Array | null) => RescoredRow;

/** @throws UsageError `rescoring` when the weight cannot be used, or, at a row, when the mode needs q and there is none. */
export function rescoring(tokenLanguages: TokenLanguages, options: RescoringOptions): Rescore {
  checkTerms(options);
  const { set, classes, classOf, continuationClasses, wordOf, beginsUnit } = tokenLanguages;
  const grouped = tokenGroups(tokenLanguages);
  const { groups } = grouped;
  const scale = scaleOf(options);
  const once = options.fragmentPolicy === 'once';
  const powers = powersOf(options);

  return (row, state, external) => {
    if (row.tokens === null && row.values.length !== classes.length) {
      throw new RangeError(
        `A row of ${row.values.length} scores does not fit a vocabulary of ${classes.length} tokens.`,
      );
    }
    const largest = largestOf(row.values);
    if (largest === -Infinity) return unscored(row.values.includes(NaN) ? NaN : largest, set.classes.length);
    const massesOf = (power: number) => classMasses(row, tokenLanguages, grouped, state, largest, power);
    if (row.grouped !== null && powers.some((power) => power !== scale)) {
      throw new RangeError('A shortlist knows no sums of other powers than its own; ask for whole rows.');
    }
    const masses = massesOf(1);
    const total = masses.reduce((sum, mass) => sum + mass);
    const logSum = largest + Math.log(total);
    if (!Number.isFinite(logSum)) return unscored(NaN, set.classes.length);
    const internal = sharesOfClasses(masses, grouped, total);

    const q = external === null ? null : overClasses(external, internal);
    const offsets = languageOffsets(options, internal, q);
    const word = wordOf(state);
    // Continuations of a character begin nothing.
    const isExempt = (group: TokenGroup | null): boolean => group === null || (group.glued && group.language === word);
    const ofGroup = (group: TokenGroup): number => (once && isExempt(group) ? 0 : offsets[group.language]!);
    const shifts = Float64Array.of(...groups.map(ofGroup), ...offsets.map((offset) => (once ? 0 : offset)));

    const scaled = scale === 1 ? masses : massesOf(scale);
    const told = powers.map((power) => (power === scale ? scaled : massesOf(power)));
    const normaliser = scale * largest + logOfSum(scaled, shifts);
    if (scale !== 1 || shifts.some((shift) => shift !== 0)) {
      shiftScores(row, grouped, continuationClasses(state), scale, shifts);
    }
    return {
      normaliser,
      internal,
      external: q,
      logProbability(token) {
        const offset = once && !beginsUnit(token, state) ? 0 : offsets[classOf(token, state)]!;
        return (valueOf(row, token) - offset) / scale - logSum;
      },
      sums() {
        const exempt = byClass(masses, isExempt).map((mass) => mass / total);
        const powerSums = powersOf(options).flatMap((power, i) => {
          const shift = power * (largest - logSum);
          const logOf = (mass: number): number => (mass > 0 ? Math.log(mass) + shift : noMass);
          const carrying = byClass(told[i]!, (group) => group !== null && !isExempt(group));
          return [...carrying, ...byClass(told[i]!, (group) => isExempt(group))].map(logOf);
        });
        return { exempt, powers, powerSums: Float64Array.from(powerSums) };
      },
    };

    /** Adds up masses of groups by class; the continuations of each class, no group, come as null. */
    function byClass(of: Float64Array, counts: (group: TokenGroup | null) => boolean): Float64Array {
      const found = new Float64Array(set.classes.length);
      of.forEach((mass, i) => {
        const group = groups[i] ?? null;
        if (counts(group)) found[group?.language ?? i - groups.length]! += mass;
      });
      return found;
    }
  };
}

/** Stands for the logarithm of nothing, because tables hold no infinities. */
export const noMass = -1e30;

function powersOf(options: RescoringOptions): readonly number[] {
  const own = scaleOf(options);
  return [...new Set([...(own === 1 ? [] : [own]), ...(options.powers ?? [])])];
}

/** ln of the sum of mass e^shift. */
function logOfSum(masses: Float64Array, shifts: Float64Array): number {
  const most = shifts.reduce((found, shift, i) => (masses[i]! > 0 ? Math.max(found, shift) : found), -Infinity);
  const sum = masses.reduce((found, mass, i) => (mass > 0 ? found + mass * Math.exp(shifts[i]! - most) : found), 0);
  return most + Math.log(sum);
}

/** Nothing can be said of the row, and nothing of it may look like a probability. */
function unscored(normaliser: number, classes: number): RescoredRow {
  const internal = new Float64Array(classes);
  internal[classes - 1] = 1;
  const sums = { exempt: new Float64Array(classes), powers: [], powerSums: new Float64Array(0) };
  return { normaliser, internal, external: null, logProbability: () => normaliser, sums: () => sums };
}
