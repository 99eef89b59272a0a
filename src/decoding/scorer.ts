/**
 * The seam where language rescoring enters the search: a pure function from a row of logits to a row of scores, given
 * what is known of the hypothesis. Filters have masked the row before; the search takes the best of what comes out.
 */
import { logSumExp } from './log-probabilities.ts';

/** @typeParam State What the scorer must know of a hypothesis: the bytes of an unfinished character, for example. */
export interface Scorer<State = unknown> {
  /** The state of the empty hypothesis. */
  readonly start: State;
  /**
   * Turns logits into scores, in place where it changes them. A masked token stays at -Infinity.
   * @returns The normaliser n: token v has the natural log-probability `row[v] - n`.
   */
  score(row: Float32Array, state: State): number;
  /** The state after one more token. Must not change the state given: other hypotheses continue it too. */
  next(state: State, token: number): State;
}

/** The model's own probabilities: log-softmax. */
export const modelScorer: Scorer<null> = {
  start: null,
  score: (row) => logSumExp(row),
  next: () => null,
};
