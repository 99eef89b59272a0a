/**
 * Language terms for a token of a stored hypothesis, without the model: what the search noted of the token (its
 * log-probability, a and q) is enough, because the terms change nothing else. Weights are swept so over n-best lists.
 */
import { UsageError } from '../errors.ts';
import type { TokenScore } from '../records.ts';
import { checkTerms, languageOffsets, overClasses, type LanguageTerms } from './language-terms.ts';

/**
 * The score that `rescoring` under `fragmentPolicy: inherit` gave, or would have given, the token: its natural
 * log-probability with the language terms, normalised again.
 * @param language Index of the token's class; `token.internal` is in the order of the classes.
 * @throws UsageError `rescoring` for `published`, which is normalised by sums over the vocabulary that are not stored, for
 *   a weight that cannot be used, and where the mode needs q and the token has none.
 */
export function rescoreToken(
  token: Pick<TokenScore, 'logProbability' | 'internal' | 'external'>,
  language: number,
  terms: LanguageTerms,
): number {
  checkTerms(terms);
  if (terms.mode === 'published') {
    throw new UsageError('rescoring', 'Stored hypotheses cannot be rescored by published; use external or replace.');
  }
  const { internal, logProbability } = token;
  const external = token.external === null ? null : overClasses(token.external, internal);
  const offsets = languageOffsets(terms, internal, external);
  const most = offsets.reduce((x, y) => Math.max(x, y));
  const sum = offsets.reduce((total, offset, i) => total + internal[i]! * Math.exp(offset - most), 0);
  return logProbability + offsets[language]! - (most + Math.log(sum));
}
