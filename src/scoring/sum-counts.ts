/** Adding counts up, whatever is counted: number by number, list entry by list entry, field by field. */

/**
 * The sum of counts of one shape.
 * @throws RangeError when a list is longer on one side: counts of other languages, or another switch window.
 */
export function sumCounts<T>(first: T, others: readonly T[]): T {
  return others.reduce<T>((sum, each) => added(sum, each) as T, first);
}

function added(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) throw new RangeError(`Counts of ${a.length} and of ${b.length} entries do not add up.`);
    return a.map((each, at) => added(each, b[at]));
  }
  const other = b as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(a as object).map(([name, value]) => [name, added(value, other[name])]));
}
