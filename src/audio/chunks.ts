/** The chunk lists of RIFF and IFF files (WAV, AIFF): an id of four letters, a size, the content, a pad byte. */

export interface Chunk {
  readonly id: string;
  /** Of the content, in bytes from the beginning of the file. */
  readonly offset: number;
  /** As the file claims it; it may lie beyond the end of the file. */
  readonly size: number;
}

/** Four bytes as text; shorter where the file ends. */
export function fourLetters(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/**
 * Walks the chunks from byte `offset` on, and stops where one reaches beyond the file.
 *
 * @param sizeOf The true size of a chunk whose header says something else (RF64, streamed recordings).
 */
export function* chunks(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
  sizeOf: (id: string, size: number, offset: number) => number = (_id, size) => size,
): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = offset;
  while (at + 8 <= bytes.length) {
    const id = fourLetters(bytes, at);
    const size = sizeOf(id, view.getUint32(at + 4, littleEndian), at + 8);
    yield { id, offset: at + 8, size };
    at += 8 + size;
    // Chunks begin at even places. Some writers leave the pad byte out, and then the next id's first letter is there.
    if (size % 2 === 1 && bytes[at] === 0) at++;
  }
}
