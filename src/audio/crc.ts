/** Cyclic redundancy checks, highest bit first and from zero, as FLAC (8 and 16 bits) and Ogg (32 bits) use them. */

function table(bits: 8 | 16 | 32, polynomial: number): Uint32Array {
  const mask = bits === 32 ? 0xffffffff : (1 << bits) - 1;
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) {
      const out = remainder & (1 << (bits - 1));
      remainder = (remainder << 1) ^ (out ? polynomial : 0);
    }
    return (remainder & mask) >>> 0;
  });
}

const CRC8 = table(8, 0x07);
const CRC16 = table(16, 0x8005);
const CRC32 = table(32, 0x04c11db7);

/** RFC 9639 section 9.1.8. */
export function crc8(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = CRC8[crc ^ (bytes[i] ?? 0)] ?? 0;
  return crc;
}

/** One more byte of RFC 9639 section 9.3; 0 after a frame together with its check. */
export function crc16Step(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (CRC16[(crc >> 8) ^ byte] ?? 0);
}

/** RFC 3533 section 6; the four bytes from `hole` on count as zero, since the check itself stands there. */
export function crc32(bytes: Uint8Array, start: number, end: number, hole: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) {
    const byte = i >= hole && i < hole + 4 ? 0 : (bytes[i] ?? 0);
    crc = (crc << 8) ^ (CRC32[(crc >>> 24) ^ byte] ?? 0);
  }
  return crc >>> 0;
}
