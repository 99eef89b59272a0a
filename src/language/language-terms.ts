/**
 * The language terms of method-specs 1.4: for each class the number that is added to the log-probability of its tokens.
 *
 *     plain      0
 *     internal   w log a            external   w log q            replace   w (log q - log a)
 *     published  w q, on (1 + w) log p: what the published code runs
 *
 * a is what the model gives the class at this step, q what a calibrator gives it; both are floored before the logarithm.
 */
import { UsageError } from '../errors.ts';

export const rescoringModes = ['plain', 'internal', 'external', 'replace', 'published'] as const;
export type RescoringMode = (typeof rescoringModes)[number];

export interface LanguageTerms {
  readonly mode: RescoringMode;
  /** 0 leaves the scores as they are, in every mode. */
  readonly weight: number;
  /**
   * What `other` (punctuation, digits, the end of text) gets: the term of its own class, or, `neutral`, that of the
   * language which gets the most, so that a larger weight does not make the end of text cheaper than words.
   */
  readonly otherPolicy: 'class' | 'neutral';
}

/** The least that a and q count as: a token of a class that was given nothing stays possible. */
export const floor = 1e-8;

/** What log-probabilities are multiplied by before the terms are added. */
export function scaleOf({ mode, weight }: LanguageTerms): number {
  return mode === 'published' ? 1 + weight : 1;
}

/** At 100 a class is left no chance; far beyond it the sums of a row leave the range of 64-bit numbers. */
const heaviest = 100;

/** @throws UsageError `rescoring` when the weight is not a number from 0 to 100. */
export function checkTerms({ weight }: LanguageTerms): void {
  if (weight >= 0 && weight <= heaviest) return;
  throw new UsageError(
    'rescoring',
    `The weight of the language terms is ${weight}; give a number from 0 to ${heaviest}.`,
  );
}

/**
 * What the weight of a class is multiplied by.
 * @param a The model's probability of the class. @param q The calibrator's; not looked at by `internal`.
 */
export function languageTerm(mode: Exclude<RescoringMode, 'plain'>, a: number, q: number): number {
  switch (mode) {
    case 'published':
      return q;
    case 'internal':
      return Math.log(Math.max(a, floor));
    case 'external':
      return Math.log(Math.max(q, floor));
    case 'replace':
      return Math.log(Math.max(q, floor) / Math.max(a, floor));
  }
}

/** @throws UsageError `rescoring` when the mode needs q and there is none. */
export function checkExternal(mode: RescoringMode, external: ArrayLike<number> | null): void {
  if (external !== null || mode === 'plain' || mode === 'internal') return;
  throw new UsageError('rescoring', `Rescoring by ${mode} needs external probabilities; name a calibrator.`);
}

/**
 * @param internal a over the classes, `other` last.
 * @param external q over the classes, from `overClasses`; null without a calibrator.
 * @param offsets Takes the numbers, one a class.
 * @throws UsageError `rescoring` when the mode needs q and there is none.
 */
export function languageOffsets(
  { mode, weight, otherPolicy }: LanguageTerms,
  internal: ArrayLike<number>,
  external: ArrayLike<number> | null,
  offsets: Float64Array = new Float64Array(internal.length),
): Float64Array {
  if (mode === 'plain') return offsets.fill(0);
  checkExternal(mode, external);
  const other = offsets.length - 1;
  for (let index = 0; index <= other; index++) {
    offsets[index] = weight * languageTerm(mode, internal[index]!, external === null ? 0 : external[index]!);
  }
  if (otherPolicy === 'neutral') {
    let most = -Infinity;
    for (let index = 0; index < other; index++) most = Math.max(most, offsets[index]!);
    offsets[other] = most;
  }
  return offsets;
}

/**
 * q over all classes. A calibrator that tells the declared languages alone knows nothing of whether a letter comes next, a
 * comma, or the end of the text: there the model keeps its own probability of `other`, and q shares out the rest.
 * @throws RangeError when `external` has neither a number for each class nor one for each language.
 */
export function overClasses(external: ArrayLike<number>, internal: ArrayLike<number>): Float64Array {
  const classes = internal.length;
  if (external.length === classes) return Float64Array.from(external);
  if (external.length !== classes - 1) {
    throw new RangeError(`q has ${external.length} numbers for ${classes} classes.`);
  }
  const other = internal[classes - 1]!;
  let declared = 0;
  for (let index = 0; index < classes - 1; index++) declared += internal[index]!;
  return Float64Array.from({ length: classes }, (_, index) =>
    index === classes - 1 ? other : declared * external[index]!,
  );
}
