/**
 * What a row of scores gives to groups of tokens. These loops run for every hypothesis at every step, over 51,865 scores
 * where there is no shortlist, so the exponential is a table with a polynomial (relative error below 1e-15; half the time
 * of Math.exp in V8).
 */
import type { ByteState, TokenLanguages } from './token-language.ts';
import type { TokenRow } from './token-row.ts';

/** Tokens of one class, of which either all or none may go on with a word. */
export interface TokenGroup {
  readonly language: number;
  readonly glued: boolean;
  readonly tokens: Int32Array;
}

export interface TokenGroups {
  readonly groups: readonly TokenGroup[];
  /** Index of each token's group; that of a continuation, whose class the byte state decides, is one beyond the last. */
  readonly groupOf: Uint8Array;
  /** Where each continuation stands among the continuations; 0 for other tokens. */
  readonly continuationPlace: Uint16Array;
}

export function tokenGroups({ set, classes, glued, continuation, continuations }: TokenLanguages): TokenGroups {
  const groups = set.classes.flatMap((_, language) =>
    [0, 1]
      .map((bit) => {
        const tokens: number[] = [];
        classes.forEach((found, token) => {
          if (found === language && glued[token] === bit) tokens.push(token);
        });
        return { language, glued: bit === 1, tokens: Int32Array.from(tokens) };
      })
      .filter(({ tokens }) => tokens.length > 0),
  );
  const groupOf = classes.map((language, token) =>
    language === continuation
      ? groups.length
      : groups.findIndex((group) => group.language === language && group.glued === (glued[token] === 1)),
  );
  const continuationPlace = new Uint16Array(classes.length);
  continuations.forEach((token, place) => (continuationPlace[token] = place));
  return { groups, groupOf, continuationPlace };
}

/** Largest score; four at a time, because one comparison must wait for the one before it. NaN is passed over. */
export function largestOf(row: Float32Array): number {
  let [first, second, third, fourth] = [-Infinity, -Infinity, -Infinity, -Infinity];
  const whole = row.length - (row.length % 4);
  for (let i = 0; i < whole; i += 4) {
    if (row[i]! > first) first = row[i]!;
    if (row[i + 1]! > second) second = row[i + 1]!;
    if (row[i + 2]! > third) third = row[i + 2]!;
    if (row[i + 3]! > fourth) fourth = row[i + 3]!;
  }
  for (let i = whole; i < row.length; i++) if (row[i]! > first) first = row[i]!;
  return Math.max(first, second, third, fourth);
}

/** e^-x is 0 in 64-bit numbers from here on. */
const vanishing = 745;
const perUnit = 64;
const powers = Float64Array.from({ length: perUnit * vanishing + 1 }, (_, i) => Math.exp(-i / perUnit));

/**
 * Sums of e^(scale (score - largest)) over each group of tokens, then over each class's continuations behind a state; they
 * add up to the whole row. NaN where a score is NaN.
 *
 * @param largest From `largestOf`; finite.
 * @param scale Above 0; on a shortlist 1 or the shortlist's power.
 */
export function classMasses(
  row: TokenRow,
  { set, continuationClasses }: TokenLanguages,
  { groups, groupOf, continuationPlace }: TokenGroups,
  state: ByteState,
  largest: number,
  scale: number,
): Float64Array {
  const { tokens, values, grouped } = row;
  const sums = new Float64Array(groups.length + set.classes.length);
  if (grouped !== null) {
    const unit = Math.exp(-scale * largest);
    const masses = scale === 1 ? grouped.masses : grouped.powerMasses!;
    for (let group = 0; group < groups.length; group++) sums[group] = masses[group]! * unit;
  }
  const behind = continuationClasses(state);
  for (let place = grouped?.listedFrom ?? 0; place < values.length; place++) {
    const below = scale * (largest - values[place]!);
    if (below >= vanishing) continue;
    const nearest = (below * perUnit + 0.5) | 0;
    const rest = nearest / perUnit - below;
    const power =
      powers[nearest]! * (1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6 + rest * (1 / 24 + rest * (1 / 120))))));
    const token = tokens === null ? place : tokens[place]!;
    const group = groupOf[token]!;
    sums[group < groups.length ? group : group + behind[continuationPlace[token]!]!]! += power;
  }
  return sums;
}

/** What the sums of `classMasses` give each class, as shares of `total`. */
export function sharesOfClasses(masses: Float64Array, { groups }: TokenGroups, total: number): Float64Array {
  const shares = new Float64Array(masses.length - groups.length);
  masses.forEach((mass, i) => (shares[groups[i]?.language ?? i - groups.length]! += mass / total));
  return shares;
}

/**
 * Makes every score `scale` times itself plus the shift of the token's place in `classMasses`. A second call would find no
 * sums of powers.
 */
export function shiftScores(
  { tokens, values, grouped }: TokenRow,
  { groups, groupOf, continuationPlace }: TokenGroups,
  behind: Uint8Array,
  scale: number,
  shifts: Float64Array,
): void {
  for (let place = 0; place < values.length; place++) {
    const token = tokens === null ? place : tokens[place]!;
    if (token < 0) continue;
    const group = groupOf[token]!;
    const shift = shifts[group < groups.length ? group : group + behind[continuationPlace[token]!]!]!;
    values[place] = scale * values[place]! + shift;
  }
  if (grouped === null) return;
  const sums = scale === 1 ? grouped.masses : grouped.powerMasses!;
  for (let group = 0; group < grouped.bounds.length; group++) {
    grouped.bounds[group] = scale * grouped.bounds[group]! + shifts[group]!;
    grouped.masses[group] = sums[group]! * Math.exp(shifts[group]!);
  }
  grouped.powerMasses?.fill(NaN);
}
