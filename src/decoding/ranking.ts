/** Which candidate wins (openai-whisper whisper/decoding.py, `MaximumLikelihoodRanker`). */
import type { Candidate } from './search.ts';

/**
 * Candidates, best first; of equal ones the first found.
 * @param lengthPenalty Exponent of the penalty of Wu et al. 2016 (arXiv 1609.08144, equation 14); null divides by the length.
 */
export function ranked(candidates: readonly Candidate[], lengthPenalty: number | null): Candidate[] {
  const value = ({ tokens, score }: Candidate): number =>
    score / (lengthPenalty === null ? Math.max(1, tokens.length) : ((5 + tokens.length) / 6) ** lengthPenalty);
  return [...candidates].sort((a, b) => value(b) - value(a));
}
