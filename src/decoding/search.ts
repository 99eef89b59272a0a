/** What beam search and sampling have in common: live paths go in with the scores of their next tokens, choices come out. */

/** A token sequence under search, without the prompt. */
export interface Path<State = unknown> {
  readonly tokens: readonly number[];
  /** Natural log-probability of each token. */
  readonly logProbabilities: readonly number[];
  /** Their sum. */
  readonly score: number;
  /** The scorer's. */
  readonly state: State;
}

/** A sequence that may become the result; `logProbabilities` has one more entry than `tokens` where it was ended. */
export interface Candidate {
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly score: number;
  /** Whether `<|endoftext|>` was chosen, or the sequence was only cut off. */
  readonly ended: boolean;
}

/** Scores of the token after one path: token v has the log-probability `values[v] - normaliser`. */
export interface ScoredRow {
  readonly values: Float32Array;
  readonly normaliser: number;
}

/** A path going on with one more token. */
export interface Extension {
  /** Which of the live paths. */
  readonly parent: number;
  readonly token: number;
  readonly logProbability: number;
  /** Of the whole sequence. */
  readonly score: number;
}

/** A search in progress; it remembers which sequences have ended. */
export interface Search {
  /** Extends the live paths; `complete` when nothing that could still be found would be looked at. */
  advance(paths: readonly Path[], rows: readonly ScoredRow[]): { extensions: Extension[]; complete: boolean };
  /** All candidates at the end, given the paths that are still live. */
  candidates(live: readonly Path[]): Candidate[];
}

/** The sequence that ends where an extension has chosen `<|endoftext|>`. */
export function ended(path: Path, { logProbability, score }: Extension): Candidate {
  return { tokens: path.tokens, logProbabilities: [...path.logProbabilities, logProbability], score, ended: true };
}

/** A live path as a candidate. */
export function cutOff({ tokens, logProbabilities, score }: Path): Candidate {
  return { tokens, logProbabilities, score, ended: false };
}
