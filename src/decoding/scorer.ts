/**
 * The seam where language enters the search: from what the model says of the token behind a path to the scores that the
 * search ranks by. The prompts of a search are rows of one decoder step; a scorer mixes them, lets the token filters mask
 * what may not come, and adds the language terms (method-specs 1.4).
 */
import type { PathEvidence } from '../language/calibrator.ts';
import type { RowSums } from '../language/rescoring.ts';
import { valueOf, type TokenRow } from '../language/token-row.ts';
import type { TokenScore } from '../records.ts';
import { maximum } from './log-probabilities.ts';

/** What an n-best list keeps of a token beside its scores. */
export interface ScoredToken extends TokenScore {
  /** Null where no languages are declared. */
  readonly sums: (RowSums & { readonly begins: boolean }) | null;
}

/** Scores of the token behind one path: token v has the natural log-probability `valueOf(row, v) - normaliser`. */
export interface ScoredRow {
  readonly row: TokenRow;
  readonly normaliser: number;
  /** What is known of a token that is chosen here. */
  readonly tokenScore: (token: number) => ScoredToken;
}

/** @typeParam State What the scorer must know of a path: bytes of an unfinished character, weights of the prompts. */
export interface Scorer<State = unknown> {
  /** The state of the empty path. */
  readonly start: State;
  /**
   * @param mask Sets forbidden tokens to -Infinity, in place; must be called once, on the mixed log-probabilities.
   */
  score(evidence: PathEvidence, state: State, mask: (row: TokenRow) => void): ScoredRow;
  /** The state after one more token. Must not change the state given: other paths continue it too. */
  next(state: State, token: number, evidence: PathEvidence): State;
}

/** One prompt, no declared languages: the model's own probabilities. */
export const plainScorer: Scorer<null> = {
  start: null,
  score({ prompts }, _state, mask) {
    const row = prompts[0]!;
    mask(row);
    const normaliser = logTotal(row);
    return {
      row,
      normaliser,
      tokenScore(token) {
        const score = valueOf(row, token) - normaliser;
        const probabilities = { logProbability: score, score, internal: [1], external: null };
        return { token, characters: 0, language: 'other', ...probabilities, sums: null };
      },
    };
  },
  next: () => null,
};

/** ln of what all tokens of a row have together. */
function logTotal({ values, grouped }: TokenRow): number {
  const largest = maximum(values);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let place = grouped?.listedFrom ?? 0; place < values.length; place++) sum += Math.exp(values[place]! - largest);
  for (const mass of grouped?.masses ?? []) sum += mass * Math.exp(-largest);
  return largest + Math.log(sum);
}
