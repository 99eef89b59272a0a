/** How far probabilities can be believed: expected calibration error and its sums (method-specs 3.6). */
import type { CalibrationCounts } from '../score-counts.ts';

/** Bins of equal width over 0 to 1. */
export const CALIBRATION_BINS = 15;
/** A probability is never taken for less, so that one impossible event does not cost an infinite logarithm. */
const LEAST_PROBABILITY = 1e-10;

/** One thing that was decided, with the probabilities that were given. */
export interface Decision {
  /** Probability of what was chosen, 0 to 1. */
  readonly confidence: number;
  readonly isCorrect: boolean;
  /** Probability of what was right. */
  readonly ofTruth: number;
}

/** A decision among classes: the most probable was chosen (the first of equals), `truth` was right. */
export function decisionAmong(probabilities: readonly number[], truth: number): Decision {
  const confidence = Math.max(...probabilities);
  return { confidence, isCorrect: probabilities.indexOf(confidence) === truth, ofTruth: probabilities[truth] ?? 0 };
}

/**
 * The probabilities of the declared languages alone, shared out anew, so that a (which knows `other`) and q (which may
 * not) can be compared; null where none has any.
 */
export function declaredShares(probabilities: readonly number[] | null, languages: number): number[] | null {
  const declared = probabilities?.slice(0, languages) ?? [];
  const sum = declared.reduce((total, each) => total + each, 0);
  return declared.length === languages && sum > 0 ? declared.map((each) => each / sum) : null;
}

/** A decision between right and wrong. */
export function decisionOf(confidence: number, isCorrect: boolean): Decision {
  return { confidence, isCorrect, ofTruth: isCorrect ? confidence : 1 - confidence };
}

export function calibrationCounts(decisions: Iterable<Decision>): CalibrationCounts {
  const bins = () => new Array<number>(CALIBRATION_BINS).fill(0);
  const counts = { negativeLogLikelihood: 0, decisions: bins(), confidence: bins(), correct: bins() };
  for (const { confidence: given, isCorrect, ofTruth } of decisions) {
    // Rounding may take a sum of probabilities a little out of their range.
    const confidence = Math.min(1, Math.max(0, given));
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS));
    counts.negativeLogLikelihood -= Math.log(Math.min(1, Math.max(ofTruth, LEAST_PROBABILITY)));
    counts.decisions[bin]! += 1;
    counts.confidence[bin]! += confidence;
    counts.correct[bin]! += isCorrect ? 1 : 0;
  }
  return counts;
}

/** Null without decisions. */
export interface Calibration {
  readonly decisions: number;
  /** Share of the decisions that were right. */
  readonly accuracy: number | null;
  /** Mean negative natural log-probability of what was right. */
  readonly negativeLogLikelihood: number | null;
  /** Sum over the bins of their share times |accuracy - confidence|. */
  readonly expectedCalibrationError: number | null;
  /** Share of the uncertainty of a constant guess that the confidence takes away; for right and wrong only. */
  readonly normalisedCrossEntropy: number | null;
}

export function calibrationOf(counts: CalibrationCounts): Calibration {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const decisions = sum(counts.decisions);
  if (decisions === 0) {
    return {
      decisions,
      accuracy: null,
      negativeLogLikelihood: null,
      expectedCalibrationError: null,
      normalisedCrossEntropy: null,
    };
  }
  const accuracy = sum(counts.correct) / decisions;
  const negativeLogLikelihood = counts.negativeLogLikelihood / decisions;
  const gaps = counts.confidence.map((confidence, bin) => Math.abs(counts.correct[bin]! - confidence));
  const entropy = -accuracy * Math.log(accuracy) - (1 - accuracy) * Math.log(1 - accuracy);
  return {
    decisions,
    accuracy,
    negativeLogLikelihood,
    expectedCalibrationError: sum(gaps) / decisions,
    normalisedCrossEntropy: entropy > 0 ? (entropy - negativeLogLikelihood) / entropy : null,
  };
}
