/**
 * Keys and values of several utterances, layer by layer, in arrays that a graph reads as they lie: [slots, heads,
 * capacity, features]. An utterance has a slot and fills it from the front; nothing of it moves until the pool needs
 * another size, or many slots are idle.
 */
import type { NumberArray } from '../tensors/compile/compile.ts';

export interface SlotPool {
  readonly slots: () => number;
  /** Positions of a slot. */
  readonly capacity: () => number;
  /**
   * Makes the pool as large as this.
   * @param kept How many positions of each slot stay.
   */
  resize(slots: number, capacity: number, kept: readonly number[]): void;
  /** The slots from `first` on, without a copy: [count, heads, capacity, features]. */
  view(name: string, first: number, count: number): NumberArray;
  /** Copies `count` positions from `place` on into a slot, from row `row` of [rows, heads, positions, features]. */
  write(name: string, slot: number, place: number, from: NumberArray, row: number, count: number): void;
  /** Puts zeros into a slot from a position on: numbers that are no numbers would outlast a mask. */
  clear(slot: number, from: number): void;
  /** Copies what a slot holds into another. */
  move(from: number, to: number): void;
  /** Gathers positions, in rising order, at the front of a slot. */
  gather(slot: number, places: Int32Array): void;
  /** Takes arrays [1, heads, positions, features] over as the first and only slot, without a copy. */
  adopt(arrays: ReadonlyMap<string, NumberArray>): void;
}

/** @param names One array each. */
export function slotPool(names: readonly string[], heads: number, features: number): SlotPool {
  let arrays = new Map<string, Float32Array>();
  let slots = 0;
  let capacity = 0;
  /** Of each slot, the position from which on there are zeros. */
  let filled: number[] = [];
  return {
    slots: () => slots,
    capacity: () => capacity,
    resize(newSlots, newCapacity, kept) {
      if (newSlots === slots && newCapacity === capacity) return;
      const resized = new Map<string, Float32Array>();
      for (const name of names) {
        const from = arrays.get(name);
        const to = new Float32Array(newSlots * heads * newCapacity * features);
        kept.slice(0, newSlots).forEach((positions, slot) => {
          for (let part = slot * heads; part < (slot + 1) * heads && from !== undefined; part++) {
            const begin = part * capacity * features;
            to.set(from.subarray(begin, begin + positions * features), part * newCapacity * features);
          }
        });
        resized.set(name, to);
        // One after another: the old and the new of all layers are never there together.
        arrays.delete(name);
      }
      [arrays, slots, capacity] = [resized, newSlots, newCapacity];
      filled = Array.from({ length: slots }, (_, slot) => kept[slot] ?? 0);
    },
    view(name, first, count) {
      const size = heads * capacity * features;
      const values = (arrays.get(name) as Float32Array).subarray(first * size, (first + count) * size);
      return { values, shape: [count, heads, capacity, features] };
    },
    write(name, slot, place, { values, shape }, row, count) {
      const to = arrays.get(name) as Float32Array;
      const positions = shape[2] as number;
      filled[slot] = Math.max(filled[slot] as number, place + count);
      for (let head = 0; head < heads; head++) {
        const begin = (row * heads + head) * positions * features;
        const part = (values as Float32Array).subarray(begin, begin + count * features);
        to.set(part, ((slot * heads + head) * capacity + place) * features);
      }
    },
    clear(slot, from) {
      const to = filled[slot] as number;
      if (to <= from) return;
      filled[slot] = from;
      for (const array of arrays.values()) {
        for (let part = slot * heads; part < (slot + 1) * heads; part++) {
          array.fill(0, (part * capacity + from) * features, (part * capacity + to) * features);
        }
      }
    },
    move(from, to) {
      const size = heads * capacity * features;
      for (const array of arrays.values()) array.copyWithin(to * size, from * size, (from + 1) * size);
      filled[to] = filled[from] as number;
    },
    gather(slot, places) {
      for (const array of arrays.values()) {
        for (let part = slot * heads; part < (slot + 1) * heads; part++) {
          const begin = part * capacity * features;
          places.forEach((place, index) => {
            const from = begin + place * features;
            if (place !== index) array.copyWithin(begin + index * features, from, from + features);
          });
        }
      }
    },
    adopt(given) {
      arrays = new Map(Array.from(given, ([name, { values }]) => [name, values as Float32Array]));
      [slots, capacity] = [1, given.values().next().value?.shape[2] ?? 0];
      filled = [capacity];
    },
  };
}
