/** Which candidate wins (openai-whisper whisper/decoding.py, `MaximumLikelihoodRanker`). */
import type { Candidate } from './search.ts';

/**
 * What a candidate is ranked by.
 * @param tokens How many it has, the end of text not counted.
 * @param lengthPenalty Exponent of the penalty of Wu et al. 2016 (arXiv 1609.08144, equation 14); null divides by the length.
 */
export function penalised(score: number, tokens: number, lengthPenalty: number | null): number {
  return score / (lengthPenalty === null ? Math.max(1, tokens) : ((5 + tokens) / 6) ** lengthPenalty);
}

/** Candidates, best first; of equal ones the first found. */
export function ranked(candidates: readonly Candidate[], lengthPenalty: number | null): Candidate[] {
  const value = ({ tokens, score }: Candidate): number => penalised(score, tokens.length, lengthPenalty);
  return [...candidates].sort((a, b) => value(b) - value(a));
}
