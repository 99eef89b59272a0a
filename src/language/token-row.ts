/**
 * Scores of the token behind a path: of every token of the vocabulary, or of those on a shortlist with what the other
 * tokens of each group weigh together (`Shortlist` of speech-model.ts). Filters, language terms and searches work on both.
 */

/** What is known of ordinary tokens that have no value of their own. */
export interface GroupedTokens {
  /** Where the values begin that the masses do not count; before them stand the most probable ordinary tokens. */
  readonly listedFrom: number;
  /** Sum of e^score over all tokens of each group, those with a value among them; 0 where they may not come. */
  readonly masses: Float64Array;
  /** The same of the probabilities raised to the shortlist's power; null where that is 1 or rows were mixed. */
  readonly powerMasses: Float64Array | null;
  /** No token of the group without a value scores more; -Infinity where there is none. */
  readonly bounds: Float64Array;
}

export interface TokenRow {
  /** Ids of the tokens that the values belong to, -1 for none; null where value i is that of token i. */
  readonly tokens: Int32Array | null;
  /** Natural log-probabilities, to which language terms may have been added; -Infinity where a token may not come. */
  readonly values: Float32Array;
  readonly endOfText: number;
  /** Where the value of `<|endoftext|>` stands; those of the ids above it follow. */
  readonly special: number;
  /** Null where every token has a value. */
  readonly grouped: GroupedTokens | null;
}

/** A row of every token. */
export function wholeRow(values: Float32Array, endOfText: number): TokenRow {
  return { tokens: null, values, endOfText, special: endOfText, grouped: null };
}

/** A row that may be changed while the given one stays. */
export function copyRow(row: TokenRow): TokenRow {
  const { grouped } = row;
  return {
    ...row,
    values: row.values.slice(),
    grouped: grouped && {
      ...grouped,
      masses: grouped.masses.slice(),
      powerMasses: grouped.powerMasses && grouped.powerMasses.slice(),
      bounds: grouped.bounds.slice(),
    },
  };
}

/** Id of the token whose value stands at a place. */
export function tokenAt({ tokens }: TokenRow, place: number): number {
  return tokens === null ? place : tokens[place]!;
}

/** Where a token's value stands; -1 where it has none. */
export function placeOf({ tokens, endOfText, special }: TokenRow, token: number): number {
  if (token >= endOfText) return special + token - endOfText;
  if (tokens === null) return token;
  const place = tokens.indexOf(token);
  return place < special ? place : -1;
}

/** Score of a token; -Infinity where it has none, as a token that was left off the shortlist must not come. */
export function valueOf(row: TokenRow, token: number): number {
  return row.values[placeOf(row, token)] ?? -Infinity;
}

/** Takes the chance from one token, which has a value or is not on the shortlist at all. */
export function forbid(row: TokenRow, token: number): void {
  const place = placeOf(row, token);
  if (place >= 0) row.values[place] = -Infinity;
}

/** Takes the chance from the ids `from` to `to` - 1 above the ordinary ones. @param from At least `endOfText`. */
export function forbidSpecial({ values, special, endOfText }: TokenRow, from: number, to = Infinity): void {
  const place = (token: number): number => Math.min(values.length, special + token - endOfText);
  values.fill(-Infinity, place(from), place(to));
}

/** Takes the chance from all ordinary tokens. */
export function forbidOrdinary({ values, special, grouped }: TokenRow): void {
  values.fill(-Infinity, 0, special);
  grouped?.masses.fill(0);
  grouped?.powerMasses?.fill(0);
  grouped?.bounds.fill(-Infinity);
}

/** Whether the `count` best of the values are the best of the whole vocabulary. */
export function isSure({ values, grouped }: TokenRow, count: number): boolean {
  if (grouped === null) return true;
  const bound = grouped.bounds.reduce((most, group) => Math.max(most, group), -Infinity);
  if (bound === -Infinity) return true;
  let above = 0;
  for (let place = 0; place < values.length && above < count; place++) if (values[place]! >= bound) above++;
  return above >= count;
}
