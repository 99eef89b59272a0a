/**
 * How well a model and its calibrator know a reference text: negative log-likelihood and calibration of its tokens, and
 * of their languages by a and by q (method-specs 3.6, 8.6). Unlike figures of free-running text these do not depend on
 * what the search made of it, so q and a can be compared on the same decisions.
 */
import type { TokenScore } from '../records.ts';
import type { LanguageCounts, TeacherForcedCounts } from '../score-counts.ts';
import { calibrationCounts, declaredShares, decisionAmong } from './calibration.ts';
import { isTextToken } from './unit-evidence.ts';

/**
 * @param scores Of the reference's tokens, behind the reference's own tokens.
 * @param choices At the same places, of the most probable tokens.
 * @param languages In the order of the tokens' probabilities.
 */
export function teacherForcedCounts(
  scores: readonly TokenScore[],
  choices: readonly TokenScore[],
  languages: readonly string[],
): TeacherForcedCounts {
  const tokens = scores.flatMap((score, at) => {
    const choice = choices[at];
    if (choice === undefined || !isTextToken(score)) return [];
    return [
      {
        confidence: Math.exp(choice.score),
        isCorrect: choice.token === score.token,
        ofTruth: Math.exp(score.score),
      },
    ];
  });
  const decided = scores.filter(({ characters, language }) => characters > 0 && languages.includes(language));
  return {
    tokens: calibrationCounts(tokens),
    internal: languageCounts(decided, ({ internal }) => internal, languages),
    external: languageCounts(decided, ({ external }) => external, languages),
  };
}

/** Harmonic mean of precision and recall of each language; null for one that was neither there nor chosen. */
export function f1ByLanguage({ confusion }: LanguageCounts, languages: readonly string[]): (number | null)[] {
  const size = languages.length;
  return languages.map((_, at) => {
    let total = 0;
    for (let other = 0; other < size; other++)
      total += (confusion[at * size + other] ?? 0) + (confusion[other * size + at] ?? 0);
    return total === 0 ? null : (2 * confusion[at * size + at]!) / total;
  });
}

function languageCounts(
  tokens: readonly TokenScore[],
  probabilitiesOf: (token: TokenScore) => readonly number[] | null,
  languages: readonly string[],
): LanguageCounts {
  const confusion = new Array<number>(languages.length ** 2).fill(0);
  const decisions = tokens.flatMap((token) => {
    const shares = declaredShares(probabilitiesOf(token), languages.length);
    if (shares === null) return [];
    const truth = languages.indexOf(token.language);
    const decision = decisionAmong(shares, truth);
    confusion[truth * languages.length + shares.indexOf(decision.confidence)]! += 1;
    return [decision];
  });
  return { calibration: calibrationCounts(decisions), confusion };
}
