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

/** By the code of the character; 256 for those that stand for no byte. */
const byteOfCharacter: Uint16Array = (() => {
  const bytes = new Uint16Array(0x100 + 68).fill(256);
  characterOfByte.forEach((character, byte) => (bytes[character.charCodeAt(0)] = byte));
  return bytes;
})();

/** Writes bytes with one character each. */
export function charactersOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += characterOfByte[byte];
  return text;
}

/** Writes the bytes that characters stand for, one each. @returns Whether each of them stands for one. */
export function writeBytes(characters: string, bytes: Uint8Array, place: number): boolean {
  for (let i = 0; i < characters.length; i++) {
    const byte = byteOfCharacter[characters.charCodeAt(i)] ?? 256;
    if (byte > 255) return false;
    bytes[place + i] = byte;
  }
  return true;
}
