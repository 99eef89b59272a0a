/**
 * The tokens of one utterance's search, as a tree that only grows: every token that a row has read has a place in a pool of
 * keys and values, and a row is the list of its places. Rows that are continued, dropped or doubled move nothing.
 */
import { masked } from './decoder.ts';

/** New tokens behind rows of a tree: each row gets as many. */
export interface Growth {
  /** Places of the tokens that each row continues. */
  readonly rows: readonly Int32Array[];
  /** New tokens of a row. */
  readonly n: number;
}

export interface TokenTree {
  /** Rows as the last growth left them; 0 at the start. */
  rows(): number;
  /** Tokens of a row. */
  length(): number;
  /** Places in use. */
  size(): number;
  /** What `n` tokens behind each of these rows would be; of the first tokens any numbers. */
  plan(parents: Int32Array, n: number): Growth;
  /** The tokens of a growth take the places from `size` on, row by row. */
  add(growth: Growth): void;
  /**
   * Forgets the tokens that no row has read. Those that stay move to the first places, in their order; a growth that was
   * planned before is void.
   *
   * @returns The places at which they stood.
   */
  prune(): Int32Array;
  clear(): void;
}

export function tokenTree(): TokenTree {
  let rows: readonly Int32Array[] = [];
  let size = 0;
  return {
    rows: () => rows.length,
    length: () => rows[0]?.length ?? 0,
    size: () => size,
    plan: (parents, n) => ({ rows: Array.from(parents, (parent) => rows[parent] ?? new Int32Array(0)), n }),
    add({ rows: parents, n }) {
      rows = parents.map((parent, row) => {
        const places = new Int32Array(parent.length + n);
        places.set(parent);
        for (let i = 0; i < n; i++) places[parent.length + i] = size + row * n + i;
        return places;
      });
      size += parents.length * n;
    },
    prune() {
      const stay = Int32Array.from(new Set(rows.flatMap((places) => [...places]))).sort();
      const moved = new Map(Array.from(stay, (place, index) => [place, index]));
      rows = rows.map((places) => places.map((place) => moved.get(place) as number));
      size = stay.length;
      return stay;
    },
    clear() {
      [rows, size] = [[], 0];
    },
  };
}

/** Tokens of a growth. */
export function tokensOf({ rows, n }: Growth): number {
  return rows.length * n;
}

/** Writes how many tokens each new one has before it. */
export function writePlaces({ rows, n }: Growth, places: Int32Array): void {
  rows.forEach((row, index) => {
    for (let i = 0; i < n; i++) places[index * n + i] = row.length + i;
  });
}

/**
 * Writes 0 where a new token reads an earlier one and another new one, itself among them. The masks are full of `masked`
 * before.
 *
 * @param earlier A line of `pool` numbers for each new token.
 * @param among A line of `breadth` numbers for each new token.
 */
export function writeMasks(
  { rows, n }: Growth,
  earlier: Float32Array,
  pool: number,
  among: Float32Array,
  breadth: number,
): void {
  rows.forEach((row, index) => {
    for (let i = 0; i < n; i++) {
      const token = index * n + i;
      for (const place of row) earlier[token * pool + place] = 0;
      among.fill(0, token * breadth + index * n, token * breadth + token + 1);
    }
  });
}

/** A mask in which nobody reads anything yet. */
export function emptyMask(size: number): Float32Array {
  return new Float32Array(size).fill(masked);
}
