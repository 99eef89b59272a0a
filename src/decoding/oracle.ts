/**
 * The calibrator that knows the reference: all of q on the class of the token that comes next. No real one can be better, so
 * what it leaves wrong no calibrator mends (method-specs 1.9, I17).
 */
import type { WindowCalibrator } from '../language/calibrator.ts';
import type { TokenLanguages } from '../language/token-language.ts';

/**
 * For teacher-forced passes over these very tokens; behind the last of them it repeats itself.
 * @returns q over all classes, `other` last.
 */
export function oracle(
  tokens: readonly number[],
  { set, start, next, classOf }: TokenLanguages,
): WindowCalibrator<number> {
  const classes: number[] = [];
  tokens.reduce((state, token) => (classes.push(classOf(token, state)), next(state, token)), start);
  return {
    start: 0,
    posterior(_evidence, place) {
      const q = new Float64Array(set.classes.length);
      q[classes[place] ?? set.other] = 1;
      return q;
    },
    next: (place) => Math.min(place + 1, classes.length - 1),
  };
}
