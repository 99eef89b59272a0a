/** What beam search and sampling have in common: live paths go in with the scores of their next tokens, choices come out. */
import type { ScoredRow, ScoredToken } from './scorer.ts';

/** A token sequence under search, without the prompt. */
export interface Path<State = unknown> {
  readonly tokens: readonly number[];
  /** Parallel to `tokens`. */
  readonly tokenScores: readonly ScoredToken[];
  /** Sum of what they were ranked by. */
  readonly score: number;
  /** The scorer's. */
  readonly state: State;
}

/** A sequence that may become the result. */
export interface Candidate {
  readonly tokens: readonly number[];
  /** Parallel to `tokens`, and the end behind them where the sequence was ended. */
  readonly tokenScores: readonly ScoredToken[];
  readonly score: number;
  /** Whether `<|endoftext|>` was chosen, or the sequence was only cut off. */
  readonly ended: boolean;
}

/** A path going on with one more token. */
export interface Extension {
  /** Which of the live paths. */
  readonly parent: number;
  readonly token: number;
  /** Of the whole sequence. */
  readonly score: number;
  /** What the token was chosen from. */
  readonly row: ScoredRow;
}

/** A search in progress; it remembers which sequences have ended. */
export interface Search {
  /** How many of the best tokens of every row must have values. */
  readonly ranks: number;
  /** Whether it may ask for whole rows. */
  readonly whole: boolean;
  /**
   * Extends the live paths; `complete` when nothing that could still be found would be looked at.
   *
   * @param wholeRow The row of a path with a value for every token; only where `whole` is set.
   */
  advance(
    paths: readonly Path[],
    rows: readonly ScoredRow[],
    wholeRow: (path: number) => ScoredRow,
  ): { extensions: Extension[]; complete: boolean };
  /** All candidates at the end, given the paths that are still live. */
  candidates(live: readonly Path[]): Candidate[];
}

/** The sequence that ends where an extension has chosen `<|endoftext|>`. */
export function ended(path: Path, { token, score, row }: Extension): Candidate {
  return { tokens: path.tokens, tokenScores: [...path.tokenScores, row.tokenScore(token)], score, ended: true };
}

/** A live path as a candidate. */
export function cutOff({ tokens, tokenScores, score }: Path): Candidate {
  return { tokens, tokenScores, score, ended: false };
}
