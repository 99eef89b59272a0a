/** The compiled decoder over one window of audio, with the keys and values of the tokens so far in arrays. */
import type { NumberArray } from '../tensors/compile/compile.ts';
import type { CompiledNetworks } from './compiled-networks.ts';
import type { Dimensions } from './dimensions.ts';

export interface DecoderCache {
  readonly rows: () => number;
  readonly length: () => number;
  /** Forgets the tokens; the audio stays. */
  clear(): void;
  /**
   * Goes some tokens on: row r continues row `parents[r]` with `tokens[r]`, all of one length.
   *
   * @param tokens rows x n.
   * @param parents Of the first tokens any numbers.
   * @param wanted Flat indices into `tokens`; at least one.
   * @param outputs Names of the outputs to fetch (compiled-networks.ts).
   */
  advance(
    tokens: Int32Array,
    parents: Int32Array,
    wanted: readonly number[],
    outputs: readonly string[],
  ): Promise<Record<string, Float32Array>>;
}

/** @param states positions x width. */
export async function openCache(
  states: Float32Array,
  positions: number,
  { audio, decoder }: CompiledNetworks,
  { width, decoderLayers: layers, decoderHeads: heads }: Dimensions,
): Promise<DecoderCache> {
  const features = width / heads;
  const heard = await audio.run({ states: { values: states, shape: [1, positions, width] } });
  const names = Array.from({ length: layers }, (_, layer) => [`Keys${layer}`, `Values${layer}`]).flat();
  /** Keys and values of the tokens before the last call, and of those that it added, which the next call joins. */
  let past = new Map<string, Float32Array>();
  let added = new Map<string, Float32Array>();
  let rows = 0;
  let length = 0;
  return {
    rows: () => rows,
    length: () => length,
    clear() {
      past = new Map();
      added = new Map();
      [rows, length] = [0, 0];
    },
    async advance(tokens, parents, wanted, outputs) {
      const count = parents.length;
      const n = tokens.length / count;
      const feeds: Record<string, NumberArray> = {
        tokens: { values: tokens, shape: [count, n] },
        wanted: { values: Int32Array.from(wanted), shape: [wanted.length] },
      };
      const joined = new Map<string, Float32Array>();
      for (const name of names) {
        const values = joinRows(past.get(name), added.get(name), rows, heads, parents);
        joined.set(name, values);
        feeds[`past${name}`] = { values, shape: [count, heads, length, features] };
        feeds[`audio${name}`] = heard[`audio${name}`] as NumberArray;
      }
      const made = await decoder.run(feeds, [...outputs, ...names.map((name) => `new${name}`)]);
      const floats = (name: string) => made[name]?.values as Float32Array;
      past = joined;
      added = new Map(names.map((name) => [name, floats(`new${name}`)]));
      [rows, length] = [count, length + n];
      return Object.fromEntries(outputs.map((name) => [name, floats(name)]));
    },
  };
}

const nothing = new Float32Array(0);

/** Rows `parents` of `past` with those of `added` behind them, head by head: [rows, heads, tokens, features] all. */
function joinRows(
  past: Float32Array = nothing,
  added: Float32Array = nothing,
  rows: number,
  heads: number,
  parents: Int32Array,
): Float32Array {
  if (added.length === 0) return nothing;
  const [a, b] = [past.length / (rows * heads), added.length / (rows * heads)];
  const joined = new Float32Array(parents.length * heads * (a + b));
  let place = 0;
  for (const parent of parents) {
    for (let part = parent * heads; part < (parent + 1) * heads; part++) {
      joined.set(past.subarray(part * a, (part + 1) * a), place);
      joined.set(added.subarray(part * b, (part + 1) * b), place + a);
      place += a + b;
    }
  }
  return joined;
}
