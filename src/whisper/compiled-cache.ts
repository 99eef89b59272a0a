/**
 * The cache of the compiled decoder: each utterance has a slot for the keys and values of its audio, which stay where they
 * are, and one for those of its tokens (token-tree.ts). Neighbouring slots are one tensor, so that one run of the
 * decoder takes a step of many utterances.
 */
import { RecordError } from '../errors.ts';
import type { NumberArray } from '../tensors/compile/compile.ts';
import type { CompiledNetworks } from './compiled-networks.ts';
import type { Dimensions } from './dimensions.ts';
import { slotPool } from './slot-pool.ts';
import { emptyMask, tokensOf, tokenTree, type Growth, type TokenTree } from './token-tree.ts';

/** An utterance in the cache. */
export interface Slot {
  /** Changed by `closeGaps` alone. */
  index: number;
  /** Audio positions. */
  readonly positions: number;
  readonly tree: TokenTree;
}

export interface DecoderCache {
  /** Utterances in the cache. */
  readonly open: () => number;
  /** Positions of the audio and of the tokens in every slot. */
  readonly capacities: () => { readonly audio: number; readonly tokens: number };
  /**
   * @param states positions x width.
   * @throws RecordError `not-finite`: what is no number would spread to the utterances that share a run.
   */
  enter(states: Float32Array, positions: number): Promise<Slot>;
  /** Frees a slot. Its audio may stay for a while, for who enters with the same states. */
  leave(slot: Slot): void;
  /** Moves utterances to the front where many slots among them are idle. Not during a run, which knows them by place. */
  closeGaps(): void;
  /** Room for `count` tokens more; may move the tokens of the slot's tree (`prune`). */
  reserve(slot: Slot, count: number): void;
  /** What the decoder reads of `count` slots from `first` on. */
  feeds(first: number, count: number): Record<string, NumberArray>;
  /** Adds new tokens, whose keys and values `made` holds for the slots from `first` on; does nothing where the slot was left. */
  keep(slot: Slot, growth: Growth, made: Readonly<Record<string, NumberArray>>, first: number): void;
  /** Names of the outputs that `keep` wants. */
  readonly wanted: readonly string[];
}

/**
 * Positions and places are made so many at once. ONNX Runtime's softmax adds up 64 numbers side by side: behind a whole number
 * of blocks it adds zeros, and no sum depends on how far others make a pool reach.
 */
const block = 64;

/** So many audios whose utterance left may stay beside those in use. */
const mostLeft = 2;

/** What stands in a slot. */
interface Entry {
  readonly states: Float32Array;
  readonly positions: number;
  /** Null where the utterance left: its audio stays, since who detects a language comes back to decode. */
  slot: Slot | null;
  /** Places that its tokens may take before it is pruned: its own history alone decides where they lie. */
  room: number;
}

export function decoderCache(
  { audio }: Pick<CompiledNetworks, 'audio'>,
  { width, decoderLayers: layers, decoderHeads: heads }: Dimensions,
): DecoderCache {
  const names = Array.from({ length: layers }, (_, layer) => [`Keys${layer}`, `Values${layer}`]).flat();
  const entries: (Entry | null)[] = [];
  const sounds = slotPool(names, heads, width / heads);
  const tokens = slotPool(names, heads, width / heads);
  /** [slots, audio positions]: 0 at an utterance's own, else `masked`. */
  let audioMask: Float32Array = new Float32Array(0);

  const isLeft = (entry: Entry | null) => entry !== null && entry.slot === null;
  const open = () => entries.filter((entry) => entry !== null && entry.slot !== null).length;
  const audioLengths = () => entries.map((entry) => entry?.positions ?? 0);
  const tokenLengths = () => entries.map((entry) => entry?.slot?.tree.size() ?? 0);
  /** Some more slots than are needed, so that the others are not moved for each. */
  const slotsFor = (index: number, there: number) =>
    index < there ? there : Math.max(index + 1, Math.min(2 * there, there + 4));
  /** A pool stays as it is unless it is too small, or much of it cannot be filled. */
  const capacityFor = (wanted: number, there: number) => (wanted > there || wanted < 0.75 * there ? wanted : there);
  const blocks = (count: number) => block * Math.ceil(count / block);

  /** An empty slot, a new one, or where too many are kept that of an utterance that left. */
  const freeIndex = (): number => {
    if (open() === 0) entries.length = 0;
    const empty = entries.indexOf(null);
    if (empty >= 0) return empty;
    return entries.filter(isLeft).length < mostLeft ? entries.length : entries.findIndex(isLeft);
  };

  /** Where the audio network writes to: ONNX Runtime would make 38 MB and copy them. */
  const roomFor = (positions: number): Record<string, NumberArray> =>
    Object.fromEntries(
      names.map((name) => {
        const shape = [1, heads, positions, width / heads];
        return [`audio${name}`, { values: new Float32Array(positions * width), shape }];
      }),
    );

  const placeAudio = (index: number, positions: number, heard: Readonly<Record<string, NumberArray>>) => {
    const of = (name: string) => heard[`audio${name}`] as NumberArray;
    entries[index] = null;
    const others = audioLengths();
    if (others.every((length) => length === 0) && index === 0) {
      sounds.adopt(new Map(names.map((name) => [name, of(name)])));
    } else {
      const capacity = capacityFor(blocks(Math.max(positions, ...others)), sounds.capacity());
      sounds.resize(slotsFor(index, sounds.slots()), capacity, others);
      for (const name of names) sounds.write(name, index, 0, of(name), 0, positions);
      sounds.clear(index, positions);
    }
    audioMask = emptyMask(sounds.slots() * sounds.capacity());
    [...others.slice(0, index), positions, ...others.slice(index + 1)].forEach((length, slot) =>
      audioMask.fill(0, slot * sounds.capacity(), slot * sounds.capacity() + length),
    );
  };

  /** Makes the pool as large as the largest room. */
  const makeRoom = () => {
    const capacity = capacityFor(Math.max(...entries.map((entry) => entry?.room ?? 0)), tokens.capacity());
    tokens.resize(Math.max(sounds.slots(), tokens.slots()), capacity, tokenLengths());
  };

  return {
    wanted: names.map((name) => `new${name}`),
    open,
    capacities: () => ({ audio: sounds.capacity(), tokens: tokens.capacity() }),
    async enter(states, positions) {
      if (!allFinite(states)) {
        throw new RecordError(
          'not-finite',
          'The encoder gave states that are not finite; the weights or the audio are broken.',
        );
      }
      let index = entries.findIndex(
        (entry) => isLeft(entry) && entry?.states === states && entry.positions === positions,
      );
      if (index < 0) {
        const whole = blocks(positions);
        const padded = new Float32Array(whole * width);
        padded.set(states.subarray(0, positions * width));
        const heard = roomFor(whole);
        await audio.run({ states: { values: padded, shape: [1, whole, width] } }, heard);
        index = freeIndex();
        placeAudio(index, positions, heard);
      }
      const slot = { index, positions, tree: tokenTree() };
      entries[index] = { states, positions, slot, room: block };
      makeRoom();
      tokens.clear(index, 0);
      return slot;
    },
    leave({ index }) {
      const entry = entries[index] as Entry;
      [entry.slot, entry.room] = [null, 0];
      // Nobody is left: the memory of several goes too.
      if (open() > 0 || entries.length === 1) return;
      entries.length = 0;
      sounds.resize(0, 0, []);
      tokens.resize(0, 0, []);
    },
    closeGaps() {
      for (;;) {
        const last = entries.findLastIndex((entry) => entry !== null && !isLeft(entry));
        if (last + 1 - open() <= mostLeft) return;
        const to = entries.findIndex((entry) => entry === null || isLeft(entry));
        sounds.move(last, to);
        tokens.move(last, to);
        const size = sounds.capacity();
        audioMask.copyWithin(to * size, last * size, (last + 1) * size);
        const entry = entries[last] as Entry;
        (entry.slot as Slot).index = to;
        [entries[to], entries[last]] = [entry, null];
      }
    },
    reserve({ index, tree }, count) {
      const entry = entries[index] as Entry;
      if (tree.size() + count <= entry.room) return;
      tokens.gather(index, tree.prune());
      const needed = tree.size() + count;
      // A room that is nearly full of what stays would be pruned again and again.
      if (needed > 0.75 * entry.room) entry.room = blocks(needed / 0.75);
      makeRoom();
    },
    feeds(first, count) {
      const fed: Record<string, NumberArray> = {};
      for (const name of names) {
        fed[`past${name}`] = tokens.view(name, first, count);
        fed[`audio${name}`] = sounds.view(name, first, count);
      }
      const size = sounds.capacity();
      const values = audioMask.subarray(first * size, (first + count) * size);
      return { ...fed, audioMask: { values, shape: [count, 1, 1, size] } };
    },
    keep(slot, growth, made, first) {
      const { index, tree } = slot;
      if (entries[index]?.slot !== slot) return;
      const count = tokensOf(growth);
      for (const name of names) {
        tokens.write(name, index, tree.size(), made[`new${name}`] as NumberArray, index - first, count);
      }
      tree.add(growth);
    },
  };
}

/** A sum, since asking for each of the 768,000 states of a window takes longer than a decoder step. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * (values[i] as number);
  return sum === 0;
}
