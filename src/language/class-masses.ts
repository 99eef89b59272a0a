/**
 * What a row of 51,865 scores gives to groups of tokens. These loops run for every hypothesis at every step, so the
 * exponential is a table with a polynomial (relative error below 1e-15; half the time of Math.exp in V8).
 */
import type { ByteState, TokenLanguages } from './token-language.ts';

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
}

export function tokenGroups({ set, classes, glued, continuation }: TokenLanguages): TokenGroups {
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
  return { groups, groupOf };
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

/** Sums over each group of tokens, then over each class's continuations behind a state; they add up to the whole row. */
export interface Masses {
  /** Of e^(scale (score - largest)). */
  readonly first: Float64Array;
  /** Of its square, which costs next to nothing here and a pass of its own elsewhere. */
  readonly second: Float64Array;
}

/**
 * NaN where a score is NaN.
 * @param largest From `largestOf`; finite.
 * @param scale Above 0.
 */
export function classMasses(
  row: Float32Array,
  { set, continuations, continuationClasses }: TokenLanguages,
  { groups, groupOf }: TokenGroups,
  state: ByteState,
  largest: number,
  scale: number,
): Masses {
  const first = new Float64Array(groups.length + set.classes.length);
  const second = new Float64Array(first.length);
  for (let i = 0; i < row.length; i++) {
    const below = scale * (largest - row[i]!);
    if (below >= vanishing) continue;
    const place = (below * perUnit + 0.5) | 0;
    const rest = place / perUnit - below;
    const power =
      powers[place]! * (1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6 + rest * (1 / 24 + rest * (1 / 120))))));
    const group = groupOf[i]!;
    first[group]! += power;
    second[group]! += power * power;
  }
  // The loop put all continuations into the place of the first class.
  first[groups.length] = 0;
  second[groups.length] = 0;
  const behind = continuationClasses(state);
  for (let i = 0; i < continuations.length; i++) {
    const power = Math.exp(scale * (row[continuations[i]!]! - largest));
    first[groups.length + behind[i]!]! += power;
    second[groups.length + behind[i]!]! += power * power;
  }
  return { first, second };
}

/** What the sums of `classMasses` give each class, as shares of `total`. */
export function sharesOfClasses(masses: Float64Array, { groups }: TokenGroups, total: number): Float64Array {
  const shares = new Float64Array(masses.length - groups.length);
  masses.forEach((mass, i) => (shares[groups[i]?.language ?? i - groups.length]! += mass / total));
  return shares;
}

/** Writes `scale` times its score plus `offset` in the place of each token's score. */
export function addTo(row: Float32Array, tokens: Int32Array, scale: number, offset: number): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    row[token] = scale * row[token]! + offset;
  }
}
