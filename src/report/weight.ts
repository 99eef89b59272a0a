/**
 * The weight of a system's language terms. It is the one that the run recorded; where none is recorded, names tell it:
 * `replace@0.3` belongs to the family `replace`.
 */
import type { Options } from './recorded-options.ts';

/** Systems of one family make a curve. */
export interface Weight {
  readonly family: string;
  readonly weight: number;
}

/**
 * Family and weight of a system, or null where it has none.
 * @param options What the run recorded; null takes the name.
 */
export function weightOf(name: string, options: Options | null): Weight | null {
  const [, stem, told] = /^(.+)@(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  if (options === null || options['rescore'] === 'plain') {
    return stem === undefined || told === undefined ? null : { family: stem, weight: Number(told) };
  }
  const { weight, ...others } = options;
  return typeof weight === 'number' ? { family: JSON.stringify(others), weight } : null;
}
