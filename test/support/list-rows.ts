/** What a shortlist tells of whole rows (decoder-head.ts), by plain loops over every token. */
import type { ListedRows, Shortlist } from '../../src/whisper/speech-model.ts';

/**
 * @param logProbabilities rows x vocabulary.
 * @param prompts Rows of one path.
 * @param count Tokens to tell of each row.
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
  const all = Array.from({ length: rows }, (_, row) =>
    Array.from(logProbabilities.subarray(row * vocabulary, (row + 1) * vocabulary)),
  );
  const ordinary = Array.from({ length: endOfText }, (_, token) => token);
  const members = Array.from({ length: groups }, (_, group) =>
    ordinary.filter((token) => membership[group * endOfText + token] === 1),
  );
  const sums = (exponent: number): Float32Array =>
    Float32Array.from(
      all.flatMap((values) =>
        members.map((tokens) => tokens.reduce((sum, token) => sum + Math.exp(exponent * values[token]!), 0)),
      ),
    );
  const best = all.map((values) =>
    [...ordinary].sort((a, b) => (values[b]! > values[a]! ? 1 : values[b]! < values[a]! ? -1 : a - b)).slice(0, count),
  );
  const ofPath = (row: number) => best.slice(row - (row % prompts), row - (row % prompts) + prompts).flat();
  return {
    best: Int32Array.from(best.flat()),
    bestLogProbabilities: Float32Array.from(all.flatMap((values, row) => ofPath(row).map((token) => values[token]!))),
    listed: Float32Array.from(all.flatMap((values) => Array.from(listed, (token) => values[token]!))),
    special: Float32Array.from(all.flatMap((values) => values.slice(endOfText))),
    masses: sums(1),
    powerMasses: power === 1 ? null : sums(power),
  };
}
