/**
 * The seam where language enters the search: from what the model says of the token behind a path to the scores that the
 * search ranks by. The prompts of a search are rows of one decoder step; a scorer mixes them, lets the token filters mask
 * what may not come, and adds the language terms (method-specs 1.4).
 */
import type { PathEvidence } from '../language/calibrator.ts';
import type { TokenScore } from '../records.ts';
import { logSumExp } from './log-probabilities.ts';

/** Scores of the token behind one path: token v has the natural log-probability `values[v] - normaliser`. */
export interface ScoredRow {
  readonly values: Float32Array;
  readonly normaliser: number;
  /** What is known of a token that is chosen here. */
  readonly tokenScore: (token: number) => TokenScore;
}

/** @typeParam State What the scorer must know of a path: bytes of an unfinished character, weights of the prompts. */
export interface Scorer<State = unknown> {
  /** The state of the empty path. */
  readonly start: State;
  /**
   * @param mask Sets forbidden tokens to -Infinity, in place; must be called once, on the mixed log-probabilities.
   */
  score(evidence: PathEvidence, state: State, mask: (row: Float32Array) => void): ScoredRow;
  /** The state after one more token. Must not change the state given: other paths continue it too. */
  next(state: State, token: number, evidence: PathEvidence): State;
}

/** One prompt, no declared languages: the model's own probabilities. */
export const plainScorer: Scorer<null> = {
  start: null,
  score({ prompts: [values] }, _state, mask) {
    mask(values!);
    const normaliser = logSumExp(values!);
    return {
      values: values!,
      normaliser,
      tokenScore(token) {
        const score = values![token]! - normaliser;
        return { token, characters: 0, logProbability: score, score, language: 'other', internal: [1], external: null };
      },
    };
  },
  next: () => null,
};
