/**
 * Sizes of tensors while the sizes of the inputs are not known yet: sums of products of named sizes, such as
 * `rows * n` or `past + n`. What a function over tensors computes from shapes in JavaScript are plain numbers; seen at
 * several sizes of the inputs, the numbers tell which sum they are.
 */

/** A whole number times at most two named sizes. */
export interface Term {
  readonly factor: number;
  /** In order of the alphabet; none for the constant. */
  readonly names: readonly string[];
}

/** The sum of its terms; zero has none. Equal sizes have equal terms in equal order. */
export type Size = readonly Term[];

/** Named sizes at one sample. */
export type Sample = Readonly<Record<string, number>>;

export function constant(value: number): Size {
  return value === 0 ? [] : [{ factor: value, names: [] }];
}

/** The number of a size that depends on no name; null of any other. */
export function constantOf(size: Size): number | null {
  if (size.length === 0) return 0;
  const [term] = size;
  return size.length === 1 && term?.names.length === 0 ? term.factor : null;
}

export function formatSize(size: Size): string {
  if (size.length === 0) return '0';
  return size
    .map(({ factor, names }) => [...(factor === 1 && names.length > 0 ? [] : [factor]), ...names].join('*'))
    .join('+');
}

export function sameSize(a: Size, b: Size): boolean {
  return formatSize(a) === formatSize(b);
}

export function evaluate(size: Size, sample: Sample): number {
  return size.reduce(
    (sum, { factor, names }) => names.reduce((product, name) => product * (sample[name] ?? NaN), factor) + sum,
    0,
  );
}

/** Every named size at the first sample of `samplesOf`; not 1, at which shapes broadcast. */
const first = 3;

/**
 * The samples that `fitSize` wants its numbers at: all names at one size, each one larger, each pair one larger, and at
 * the end two samples far from the others, which prove the fit.
 */
export function samplesOf(names: readonly string[]): Sample[] {
  const at = (...larger: readonly string[]): Sample =>
    Object.fromEntries(names.map((name) => [name, first + (larger.includes(name) ? 1 : 0)]));
  const rising = names.map((_, index) => first + 2 + 2 * index);
  const proofs = [rising, [...rising].reverse()].map((sizes) =>
    Object.fromEntries(names.map((name, index): [string, number] => [name, sizes[index] as number])),
  );
  return [at(), ...names.map((name) => at(name)), ...pairs(names).map(([a, b]) => at(a, b)), ...proofs];
}

/**
 * The sum whose values at `samplesOf(names)` these are.
 * @returns null when there is none: the number depends on the sizes in another way.
 */
export function fitSize(values: readonly number[], names: readonly string[]): Size | null {
  if (values.every((value) => value === values[0])) return constant(values[0] as number);
  const base = values[0] as number;
  // Differences of first and second order around the first sample; no name occurs squared.
  const slopes = new Map(names.map((name, index) => [name, (values[1 + index] as number) - base]));
  const terms: Term[] = [];
  let rest = base;
  const linear = new Map(slopes);
  pairs(names).forEach(([a, b], index) => {
    const both = values[1 + names.length + index] as number;
    const factor = both - base - (slopes.get(a) as number) - (slopes.get(b) as number);
    if (factor === 0) return;
    terms.push({ factor, names: [a, b].sort() });
    linear.set(a, (linear.get(a) as number) - factor * first);
    linear.set(b, (linear.get(b) as number) - factor * first);
    rest -= factor * first * first;
  });
  for (const [name, factor] of linear) {
    if (factor !== 0) terms.push({ factor, names: [name] });
    rest -= factor * first;
  }
  const size = [...terms, ...constant(rest)];
  size.sort((a, b) => b.names.length - a.names.length || a.names.join().localeCompare(b.names.join()));
  const fits = samplesOf(names).every((sample, index) => evaluate(size, sample) === values[index]);
  return fits ? size : null;
}

function pairs(names: readonly string[]): [string, string][] {
  return names.flatMap((a, index) => names.slice(index + 1).map((b): [string, string] => [a, b]));
}
