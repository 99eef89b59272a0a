/** The n-best list of a window as it is stored: candidates whose tokens stand in columns (records.ts, `Candidate`). */
import type { LanguageSet } from '../language/language-set.ts';
import type { Candidate, WindowCandidates } from '../records.ts';
import type { Tokenizer } from '../whisper/tokenizer.ts';
import type { WindowResult } from './decode-window.ts';
import type { ScoredToken } from './scorer.ts';

export interface Listing {
  readonly tokenizer: Tokenizer;
  /** Null where no languages are declared. */
  readonly set: LanguageSet | null;
  /** Candidates that are kept, the best first. */
  readonly nBest: number;
}

/** @param window Where it lies in the recording, in frames of 10 ms. */
export function storedList(
  { candidates, temperature, noSpeechProbability }: WindowResult,
  window: { readonly seek: number; readonly frames: number },
  { tokenizer, set, nBest }: Listing,
): WindowCandidates {
  return {
    ...window,
    temperature,
    noSpeechProbability,
    timestampBegin: tokenizer.timestampBegin,
    powers: candidates[0]?.tokenScores[0]?.sums?.powers ?? [],
    scoreNames: [],
    candidates: candidates.slice(0, nBest).map(({ tokens, tokenScores, score, ended }) => ({
      text: tokenizer.decode(tokens),
      score,
      ended,
      scores: new Float64Array(0),
      ...tokenColumns(tokenScores, set?.classes ?? ['other']),
    })),
  };
}

type TokenColumns = Omit<Candidate, 'text' | 'score' | 'ended' | 'scores'>;

/** @param classes Codes of the declared languages, and other. */
export function tokenColumns(scores: readonly ScoredToken[], classes: readonly string[]): TokenColumns {
  const column = (of: (score: ScoredToken) => number): number[] => scores.map(of);
  const byClass = (of: (score: ScoredToken) => ArrayLike<number>): Float32Array =>
    Float32Array.from(scores.flatMap((score) => Array.from(of(score))));
  const unshared = new Float64Array(classes.length);
  return {
    tokens: Int32Array.from(column(({ token }) => token)),
    characters: Int32Array.from(column(({ characters }) => characters)),
    logProbabilities: Float64Array.from(column(({ logProbability }) => logProbability)),
    tokenScores: Float64Array.from(column(({ score }) => score)),
    classes: Uint8Array.from(column(({ language }) => classes.indexOf(language))),
    internal: byClass(({ internal }) => internal),
    external: scores.some(({ external }) => external === null) ? null : byClass(({ external }) => external!),
    begins: Uint8Array.from(column(({ sums }) => (sums?.begins === false ? 0 : 1))),
    exempt: byClass(({ sums }) => sums?.exempt ?? unshared),
    powerSums: Float64Array.from(scores.flatMap(({ sums }) => Array.from(sums?.powerSums ?? []))),
  };
}
