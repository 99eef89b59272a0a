/**
 * Language terms for the tokens of a stored candidate, without the model. What the search noted of a token (its
 * log-probability, a, q, and the sums that its normaliser was made of) is enough, because the terms change nothing else
 * (method-specs 1.4). So weights are swept over n-best lists, a million candidates in seconds: no object is made for a
 * token.
 */
import { UsageError } from '../errors.ts';
import type { Candidate } from '../records.ts';
import { checkTerms, languageOffsets, scaleOf } from './language-terms.ts';
import type { RescoringOptions } from './rescoring.ts';

/**
 * Scores a candidate under other terms.
 * @param into Takes the token scores: natural log-probabilities with the language terms, normalised again.
 * @returns Their sum.
 */
export type StoredTerms = (candidate: Candidate, into?: Float64Array) => number;

/**
 * @param classes How many: the declared languages and other.
 * @param powers Of the list that the candidates stand in.
 * @throws UsageError `rescoring` for a weight that cannot be used; for `published` at a weight that the list tells no sums
 *   for; and, at a candidate, where the mode needs q and there is none.
 */
export function storedTerms(options: RescoringOptions, classes: number, powers: readonly number[]): StoredTerms {
  checkTerms(options);
  const { mode, weight, fragmentPolicy } = options;
  if (mode === 'plain' || weight === 0 || classes === 1) return (candidate, into) => plainScore(candidate, into);
  const once = fragmentPolicy === 'once';
  const scale = scaleOf(options);
  const power = scale === 1 ? -1 : powers.findIndex((one) => Math.abs(one - scale) < 1e-9);
  if (scale !== 1 && power < 0) throw unknownSums(weight, powers);
  const internal = new Float64Array(classes);
  const external = new Float64Array(classes);
  const offsets = new Float64Array(classes);
  /** Mass of each class with a term on it, then without one. */
  const masses = new Float64Array(2 * classes);

  return (candidate, into) => {
    const { logProbabilities, begins, powerSums } = candidate;
    let total = 0;
    for (let token = 0; token < logProbabilities.length; token++) {
      const at = token * classes;
      for (let k = 0; k < classes; k++) {
        internal[k] = candidate.internal[at + k]!;
        if (candidate.external !== null) external[k] = candidate.external[at + k]!;
        if (power < 0) {
          const exempt = once ? candidate.exempt[at + k]! : 0;
          masses[k] = internal[k]! - exempt;
          masses[classes + k] = exempt;
        } else {
          const sums = 2 * (token * powers.length + power) * classes + k;
          masses[k] = Math.exp(powerSums[sums]!);
          masses[classes + k] = Math.exp(powerSums[sums + classes]!);
        }
      }
      languageOffsets(options, internal, candidate.external === null ? null : external, offsets);
      let most = once ? 0 : -Infinity;
      for (let k = 0; k < classes; k++) most = Math.max(most, offsets[k]!);
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const charged = Math.exp(offsets[k]! - most);
        sum += masses[k]! * charged + masses[classes + k]! * (once ? Math.exp(-most) : charged);
      }
      const offset = once && begins[token] === 0 ? 0 : offsets[candidate.classes[token]!]!;
      const score = scale * logProbabilities[token]! + offset - (most + Math.log(sum));
      total += score;
      if (into !== undefined) into[token] = score;
    }
    return total;
  };
}

function plainScore({ logProbabilities }: Candidate, into?: Float64Array): number {
  let total = 0;
  for (let token = 0; token < logProbabilities.length; token++) total += logProbabilities[token]!;
  into?.set(logProbabilities);
  return total;
}

function unknownSums(weight: number, powers: readonly number[]): UsageError {
  const known = powers.map((power) => String(Number((power - 1).toFixed(9)))).join(', ');
  const told = known === '' ? 'no weight' : `the weights ${known}`;
  return new UsageError(
    'rescoring',
    `These n-best lists tell the sums that published is normalised by for ${told}, not for ${weight}; decode again with that weight, or use external or replace.`,
  );
}
