/** Bytes of one token of a byte-level vocabulary, and of the character that it may leave unfinished. */

/** How a token's bytes lie in characters: the end of one begun before, whole ones, the beginning of one. */
export interface TokenBytes {
  /** Number of leading continuation bytes. */
  readonly head: number;
  /** The whole characters; null where they are no UTF-8. */
  readonly text: string | null;
  /** The unfinished character, packed; 0 for none. */
  readonly tail: Prefix;
}

/** The first one to three bytes of a character of UTF-8, packed big-endian into one number; 0 for none. */
export type Prefix = number;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** How many bytes a character has that begins with this one; 0 where none begins with it. */
export function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

export function unpack(prefix: Prefix): number[] {
  const bytes: number[] = [];
  for (let rest = prefix; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return bytes;
}

/** The bytes of an unfinished character and those that follow it, as far as they belong to it. */
export function completed(prefix: Prefix, following: Uint8Array): number[] {
  const bytes = unpack(prefix);
  const length = bytes.length === 0 ? 0 : lengthOf(bytes[0]!);
  for (const byte of following) {
    if (bytes.length >= length || !isContinuation(byte)) break;
    bytes.push(byte);
  }
  return bytes;
}

/** What remains unfinished: 0 where `bytes` are a whole character or none. */
export function pack(bytes: readonly number[]): Prefix {
  if (bytes.length === 0 || bytes.length >= lengthOf(bytes[0]!)) return 0;
  return bytes.reduce((packed, byte) => (packed << 8) | byte, 0);
}

export function splitBytes(bytes: Uint8Array): TokenBytes {
  let head = 0;
  while (head < bytes.length && isContinuation(bytes[head]!)) head++;
  let lead = bytes.length - 1;
  while (lead > head && isContinuation(bytes[lead]!)) lead--;
  const tail = lead >= head && lead < bytes.length ? pack([...bytes.subarray(lead)]) : 0;
  const end = tail === 0 ? bytes.length : lead;
  return { head, text: decoded(bytes.subarray(head, end)), tail };
}

function decoded(bytes: Uint8Array): string | null {
  // Most tokens are; the decoder takes ten times as long.
  if (bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
