/**
 * A fault is one thing that is wrong with a pipeline file, with the place where it was written. Loading and checking
 * collect faults instead of throwing, so that a file with five of them shows all five.
 */

/** Where something was written. */
export interface Place {
  /** A file as the user knows it, or what stood on the command line: `--set nodes.mel.with.bands=81`. */
  readonly source: string;
  /** From 1; null for TypeScript files and the command line. */
  readonly line: number | null;
  /** From 1, in UTF-16 units as editors count; null for TypeScript files and the command line. */
  readonly column: number | null;
}

export interface Fault {
  readonly place: Place;
  /** Path of the wrong value as `--set` takes it: `nodes.mel.with.bands`. Empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** What would put it right; null where the message says it already. */
  readonly mend: string | null;
}

/** `pipeline.json:12:24`, `pipeline.ts` or `--set …`. */
export function formatPlace({ source, line, column }: Place): string {
  return line === null ? source : `${source}:${line}:${column}`;
}

/** One line: `pipeline.json:12:24  nodes.mel.with.bands: expected 80 or 128; did you mean 80?` */
export function formatFault({ place, path, message, mend }: Fault): string {
  return `${formatPlace(place)}  ${path === '' ? '' : `${path}: `}${message}${mend === null ? '' : `; ${mend}`}`;
}

/** By place: the main file first, then those that it includes, then the command line. The order is stable. */
export function sortFaults(faults: readonly Fault[], mainFile: string): Fault[] {
  const files = [...new Set([mainFile, ...faults.map(({ place }) => place.source)])];
  const rank = ({ place }: Fault) => (place.source.startsWith('--') ? files.length : files.indexOf(place.source));
  return [...faults].sort(
    (a, b) =>
      rank(a) - rank(b) || (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
  );
}

/** The mend for a wrong name: `did you mean "bands"?`, or the names that exist, or null where there are too many. */
export function didYouMean(name: string, known: Iterable<string>): string | null {
  const names = [...new Set(known)];
  if (name.includes('${'))
    return 'parameters stand in options, not in the shape of a graph; a TypeScript pipeline can choose it';
  const close = nearestName(name, names);
  if (close !== null) return `did you mean "${close}"?`;
  if (names.length === 0 || names.length > 12) return null;
  return `known: ${names.join(', ')}`;
}

/**
 * The known name that a wrong one was probably meant to be: the smallest edit distance (insert, delete, replace, swap
 * neighbours), at most a third of the length; failing that, a name that begins with the wrong one or the reverse.
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  const plain = fold(name).slice(0, 64);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(plain, fold(candidate).slice(0, 64));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (best !== null || plain.length < 3) return best;
  const alike = (a: string, b: string) => b.length >= 3 && a.startsWith(b);
  return known.find((candidate) => alike(fold(candidate), plain) || alike(plain, fold(candidate))) ?? null;
}

/** `beam-size`, `beamSize` and `beam_size` are the same slip. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, beforeLast[column - 2]! + 1);
      current.push(least);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}
