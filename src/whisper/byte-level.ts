/**
 * GPT-2's way of writing bytes as characters, so that a vocabulary of byte strings fits into JSON: printable bytes stand
 * for themselves, the other 68 are moved to U+0100 and on (openai/gpt-2 src/encoder.py, `bytes_to_unicode`).
 */

const stands = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

const characterOfByte: readonly string[] = (() => {
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(stands(byte) ? byte : 0x100 + moved++));
})();

const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  characterOfByte.map((character, byte) => [character, byte]),
);

/** Writes bytes with one character each. */
export function charactersOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += characterOfByte[byte];
  return text;
}

/** The bytes that `charactersOf` wrote; null where a character stands for no byte. */
export function bytesOf(characters: string): Uint8Array | null {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) {
    const byte = byteOfCharacter.get(characters.charAt(i));
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}
