/**
 * Language terms for the tokens of a stored candidate, without the model. What the search noted of a token (its
 * log-probability, a, q, and the sums that its normaliser was made of) is enough, because the terms change nothing else
 * (method-specs 1.4). So weights are swept over n-best lists, a million candidates in seconds: no object is made for a
 * token.
 */
import { UsageError } from '../errors.ts';
import type { Candidate } from '../records.ts';
import { checkExternal, checkTerms, languageTerm, scaleOf } from './language-terms.ts';
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
 * @param known Terms of candidates (tokens x classes) under this mode, whatever the weight and the policies: those that are
 *   there are used, the others come in. A sweep takes half of its logarithms out of it.
 * @throws UsageError `rescoring` for a weight that cannot be used; for `published` at a weight that the list tells no sums
 *   for; and, at a candidate, where the mode needs q and there is none.
 */
export function storedTerms(
  options: RescoringOptions,
  classes: number,
  powers: readonly number[],
  known?: WeakMap<Candidate, Float64Array>,
): StoredTerms {
  checkTerms(options);
  const { mode, weight, fragmentPolicy, otherPolicy } = options;
  if (mode === 'plain' || weight === 0 || classes === 1) return (candidate, into) => plainScore(candidate, into);
  const once = fragmentPolicy === 'once';
  const neutral = otherPolicy === 'neutral';
  const scale = scaleOf(options);
  const power = scale === 1 ? -1 : powers.findIndex((one) => Math.abs(one - scale) < 1e-9);
  if (scale !== 1 && power < 0) throw unknownSums(weight, powers);
  const other = classes - 1;
  const offsets = new Float64Array(classes);
  let room = new Float64Array(64 * classes);

  function termsOf(candidate: Candidate): Float64Array {
    const found = known?.get(candidate);
    if (found !== undefined) return found;
    const { internal, external } = candidate;
    checkExternal(mode, external);
    if (room.length < internal.length) room = new Float64Array(2 * internal.length);
    // That of `other` is not looked at where it is that of a language.
    const own = neutral && known === undefined ? other : classes;
    for (let first = 0; first < internal.length; first += classes) {
      for (let at = first; at < first + own; at++) {
        room[at] = languageTerm(mode as LanguageMode, internal[at]!, external === null ? 0 : external[at]!);
      }
    }
    if (known === undefined) return room;
    const kept = room.slice(0, internal.length);
    known.set(candidate, kept);
    return kept;
  }

  return (candidate, into) => {
    const { logProbabilities, begins, powerSums, internal, exempt, classes: classOf } = candidate;
    const terms = termsOf(candidate);
    let total = 0;
    // Of several sums, so that one logarithm does for many tokens where nobody asks for the score of each.
    let product = 1;
    for (let token = 0; token < logProbabilities.length; token++) {
      const at = token * classes;
      let most = -Infinity;
      for (let k = 0; k < other; k++) {
        const offset = (offsets[k] = weight * terms[at + k]!);
        if (offset > most) most = offset;
      }
      const offsetOfOther = (offsets[other] = neutral ? most : weight * terms[at + other]!);
      if (offsetOfOther > most) most = offsetOfOther;
      if (once && most < 0) most = 0;
      // Of every class the mass with a term on it, and, under `once`, the mass without one.
      const free = most === 0 ? 1 : Math.exp(-most);
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const offset = offsets[k]!;
        const charged = offset === most ? 1 : Math.exp(offset - most);
        if (power < 0) {
          const exempted = once ? exempt[at + k]! : 0;
          sum += (internal[at + k]! - exempted) * charged + exempted * free;
        } else {
          const sums = 2 * (token * powers.length + power) * classes + k;
          sum += Math.exp(powerSums[sums]!) * charged + Math.exp(powerSums[sums + classes]!) * (once ? free : charged);
        }
      }
      const offset = once && begins[token] === 0 ? 0 : offsets[classOf[token]!]!;
      const score = scale * logProbabilities[token]! + offset - most;
      if (into === undefined) {
        total += score;
        product *= sum;
        if (product < LEAST || product > MOST) {
          total -= Math.log(product);
          product = 1;
        }
        continue;
      }
      into[token] = score - Math.log(sum);
      total += into[token]!;
    }
    return total - Math.log(product);
  };
}

/** Between these a product may take another sum and stays far from the ends of 64-bit numbers. */
const LEAST = 1e-150;
const MOST = 1e150;

type LanguageMode = Parameters<typeof languageTerm>[0];

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
