/**
 * Which ids have been given, in 16 to 32 bytes for each whatever its length: 64 bits of a hash in an open table. Two ids that are
 * not the same are taken for the same with a probability of n² / 2^65: for ten million ids one in 370,000.
 */
import { hash } from 'node:crypto';

export interface SeenIds {
  /** Whether the id is new; from now on it is known. */
  add(id: string): boolean;
}

export function seenIds(): SeenIds {
  let room = 1 << 12;
  let table = new Uint32Array(2 * room);
  let count = 0;

  /** Puts a hash into its place; false where it is there. All zeros stand for an empty place, which none will be. */
  function put(low: number, high: number): boolean {
    for (let place = low & (room - 1); ; place = (place + 1) & (room - 1)) {
      const [foundLow, foundHigh] = [table[2 * place]!, table[2 * place + 1]!];
      if (foundLow === low && foundHigh === high) return false;
      if (foundLow !== 0 || foundHigh !== 0) continue;
      table[2 * place] = low;
      table[2 * place + 1] = high;
      return true;
    }
  }

  function grow(): void {
    const before = table;
    room *= 2;
    table = new Uint32Array(2 * room);
    for (let at = 0; at < before.length; at += 2)
      if (before[at] !== 0 || before[at + 1] !== 0) put(before[at]!, before[at + 1]!);
  }

  return {
    add(id) {
      const digest = hash('md5', id, 'buffer');
      if (!put(digest.readUInt32LE(0), digest.readUInt32LE(4))) return false;
      count += 1;
      if (2 * count > room) grow();
      return true;
    },
  };
}
