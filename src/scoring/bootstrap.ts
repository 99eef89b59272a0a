/**
 * How sure an error rate is, and the difference of two: utterances, or whole speakers or sessions, are drawn with
 * replacement many times over, and each time the rate is formed anew from the sums of errors and units (Bisani and Ney
 * 2004; method-specs 8.7). Whole blocks are drawn, because utterances of one speaker go wrong together.
 */

/** Errors of one system on one utterance. Two systems are compared on the same utterances in the same order. */
export interface Outcome {
  readonly errors: number;
  /** Units of the reference. */
  readonly units: number;
  /** Drawn whole: the utterance's own id, its speaker, its session. */
  readonly block: string;
}

export interface BootstrapOptions {
  readonly resamples: number;
  /** The same seed gives the same interval. */
  readonly seed: number;
  /** Share of the resamples inside the interval, 0 to 1. */
  readonly confidence: number;
}

export const defaultBootstrap: BootstrapOptions = { resamples: 10_000, seed: 1, confidence: 0.95 };

/** All numbers are rates, or differences of rates; null where there is no unit to form one of. */
export interface Interval {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Comparison extends Interval {
  /** Share of the resamples whose difference is zero or of the other sign; at least 1 / (resamples + 1). */
  readonly p: number | null;
}

/** The error rate with its percentile interval. */
export function rateInterval(outcomes: readonly Outcome[], options: BootstrapOptions = defaultBootstrap): Interval {
  const { units, errors } = blockSums([outcomes]);
  const value = rateOf(errors[0]!, units);
  if (value === null) return { value, low: null, high: null };
  return { value, ...percentiles(resampled(units, errors, options), options.confidence) };
}

/**
 * The rate of `a` less that of `b`: below zero where `a` is better.
 * @throws RangeError when the two are not of the same utterances.
 */
export function compareRates(
  a: readonly Outcome[],
  b: readonly Outcome[],
  options: BootstrapOptions = defaultBootstrap,
): Comparison {
  if (a.length !== b.length || a.some(({ units, block }, at) => units !== b[at]!.units || block !== b[at]!.block)) {
    throw new RangeError('Two systems can only be compared on the same utterances, in the same order.');
  }
  const { units, errors } = blockSums([a, b]);
  const difference = errors[0]!.map((ofA, block) => ofA - errors[1]![block]!);
  const value = rateOf(difference, units);
  if (value === null) return { value, low: null, high: null, p: null };
  const differences = resampled(units, [difference], options);
  const against = differences.reduce((count, each) => count + (each * value > 0 ? 0 : 1), 0);
  return {
    value,
    ...percentiles(differences, options.confidence),
    p: (against + 1) / (options.resamples + 1),
  };
}

/** Sums by block, in the order in which blocks first occur. */
function blockSums(systems: readonly (readonly Outcome[])[]): { units: Float64Array; errors: Float64Array[] } {
  const numbers = new Map<string, number>();
  for (const { block } of systems[0]!) if (!numbers.has(block)) numbers.set(block, numbers.size);
  const units = new Float64Array(numbers.size);
  for (const outcome of systems[0]!) units[numbers.get(outcome.block)!]! += outcome.units;
  const errors = systems.map((outcomes) => {
    const sums = new Float64Array(numbers.size);
    for (const outcome of outcomes) sums[numbers.get(outcome.block)!]! += outcome.errors;
    return sums;
  });
  return { units, errors };
}

function rateOf(errors: Float64Array, units: Float64Array): number | null {
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return sum(units) === 0 ? null : sum(errors) / sum(units);
}

/** Rates of the resamples, sorted. A resample that happens to have no unit has the rate 0. */
function resampled(
  units: Float64Array,
  [errors]: readonly Float64Array[],
  { resamples, seed }: BootstrapOptions,
): Float64Array {
  const blocks = units.length;
  const rates = new Float64Array(resamples);
  let state = seed >>> 0;
  for (let resample = 0; resample < resamples; resample++) {
    let errorSum = 0;
    let unitSum = 0;
    for (let draw = 0; draw < blocks; draw++) {
      // SplitMix32: a counter, scrambled.
      state = (state + 0x9e3779b9) >>> 0;
      let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
      const block = Math.floor((((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32) * blocks);
      errorSum += errors![block]!;
      unitSum += units[block]!;
    }
    rates[resample] = unitSum === 0 ? 0 : errorSum / unitSum;
  }
  return rates.sort();
}

function percentiles(sorted: Float64Array, confidence: number): { low: number | null; high: number | null } {
  const at = (share: number): number | null => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)];
    const above = sorted[Math.ceil(place)];
    return below === undefined || above === undefined ? null : below + (place % 1) * (above - below);
  };
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}
