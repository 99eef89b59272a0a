/** Scores with names beside those that a search gave the candidates of a list. */
import { UsageError } from '../errors.ts';
import type { WindowCandidates } from '../records.ts';

/** What a text that cannot be has for the logarithm of its probability; Arrow and JSON know no infinity. */
const IMPOSSIBLE = -1e30;

/**
 * A list whose candidates have one more score.
 * @param scoreOf Of the candidate at a place, a natural logarithm.
 * @throws UsageError `scores` when the list has a score of that name.
 */
export function withScore(
  list: WindowCandidates,
  name: string,
  scoreOf: (candidate: number) => number,
): WindowCandidates {
  if (list.scoreNames.includes(name)) {
    throw new UsageError(
      'scores',
      `These n-best lists have a score ${JSON.stringify(name)}; give the new one another name.`,
    );
  }
  return {
    ...list,
    scoreNames: [...list.scoreNames, name],
    candidates: list.candidates.map((candidate, at) => ({
      ...candidate,
      scores: Float64Array.of(...candidate.scores, Math.max(IMPOSSIBLE, scoreOf(at))),
    })),
  };
}
