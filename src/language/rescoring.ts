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

  return (row, state, external) => {
    if (row.tokens === null && row.values.length !== classes.length) {
      throw new RangeError(
        `A row of ${row.values.length} scores does not fit a vocabulary of ${classes.length} tokens.`,
      );
    }
    const largest = largestOf(row.values);
    if (largest === -Infinity) return unscored(row.values.includes(NaN) ? NaN : largest, set.classes.length);
    const massesOf = (power: number) => classMasses(row, tokenLanguages, grouped, state, largest, power);
    const masses = massesOf(1);
    const total = masses.reduce((sum, mass) => sum + mass);
    const logSum = largest + Math.log(total);
    if (!Number.isFinite(logSum)) return unscored(NaN, set.classes.length);
    const internal = sharesOfClasses(masses, grouped, total);

    const q = external === null ? null : overClasses(external, internal);
    const offsets = languageOffsets(options, internal, q);
    const word = once ? wordOf(state) : -1;
    const ofGroup = ({ language, glued }: TokenGroup): number => (glued && language === word ? 0 : offsets[language]!);
    const shifts = Float64Array.of(...groups.map(ofGroup), ...offsets.map((offset) => (once ? 0 : offset)));

    const scaled = scale === 1 ? masses : massesOf(scale);
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
    };
  };
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
  return { normaliser, internal, external: null, logProbability: () => normaliser };
}
