/** Levenshtein distance over units. */

/** Fewest insertions, deletions and substitutions that turn one sequence into the other. */
export function editDistance<T>(from: readonly T[], to: readonly T[]): number {
  const row = Uint32Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    let diagonal = row[0]!;
    row[0] = i;
    for (let j = 1; j <= to.length; j++) {
      const substituted = diagonal + (from[i - 1] === to[j - 1] ? 0 : 1);
      diagonal = row[j]!;
      row[j] = Math.min(substituted, diagonal + 1, row[j - 1]! + 1);
    }
  }
  return row[to.length]!;
}
