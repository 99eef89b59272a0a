/** What a shortlist tells of whole rows (decoder-head.ts), by plain loops over every token. */
import type { ListedRows, Shortlist } from '../../src/whisper/speech-model.ts';

/**
 * @param logProbabilities rows x vocabulary.
 * @param prompts Rows of one path.
 * @param count Tokens to tell of each group.
 */
export function listRows(
  logProbabilities: Float32Array,
  rows: number,
  prompts: number,
  { groups, membership, listed, power }: Shortlist,
  endOfText: number,
  count: number,
): ListedRows {
  const vocabulary = logProbabilities.length / rows;
  const row = (index: number) => Array.from(logProbabilities.subarray(index * vocabulary, (index + 1) * vocabulary));
  const all = Array.from({ length: rows }, (_, index) => row(index));
  const members = Array.from({ length: groups }, (_, group) =>
    Array.from({ length: endOfText }, (_, token) => token).filter(
      (token) => membership[group * endOfText + token] === 1,
    ),
  );
  const sums = (exponent: number): Float32Array =>
    Float32Array.from(
      all.flatMap((values) =>
        members.map((tokens) => tokens.reduce((sum, token) => sum + Math.exp(exponent * values[token]!), 0)),
      ),
    );
  const paths = Array.from({ length: rows / prompts }, (_, path) => all.slice(path * prompts, (path + 1) * prompts));
  const best = paths.map((own) =>
    members.flatMap((tokens) => {
      const key = (token: number) => Math.max(...own.map((values) => values[token]!));
      const sorted = [...tokens].sort((a, b) => (key(b) > key(a) ? 1 : key(b) < key(a) ? -1 : a - b)).slice(0, count);
      return Array.from({ length: count }, (_, place) => sorted[place] ?? -1);
    }),
  );
  return {
    best: Int32Array.from(best.flat().map((token) => Math.max(0, token))),
    bestLogProbabilities: Float32Array.from(
      paths.flatMap((own, path) =>
        own.flatMap((values) => best[path]!.map((token) => (token < 0 ? -1e30 : Math.max(-1e28, values[token]!)))),
      ),
    ),
    listed: Float32Array.from(all.flatMap((values) => Array.from(listed, (token) => values[token]!))),
    special: Float32Array.from(all.flatMap((values) => values.slice(endOfText))),
    masses: sums(1),
    powerMasses: sums(power),
  };
}
