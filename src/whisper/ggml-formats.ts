/** ggml's number formats: blocks of 32 numbers with a scale each (ggml-quants.c, `dequantize_row_*`). */
import { asNumbers, halfToFloat, halvesToFloats } from './number-formats.ts';

export interface GgmlFormat {
  readonly name: string;
  /** Numbers a block. */
  readonly block: number;
  /** Bytes a block. */
  readonly bytes: number;
  toFloats(bytes: Uint8Array): Float32Array;
}

/**
 * A format of blocks of 32: a scale, perhaps a least value, perhaps a fifth bit for each number, then four or eight bits
 * for each; the lower halves of the bytes are the first 16 numbers.
 */
function blocked(name: string, { bits, least }: { bits: 4 | 5 | 8; least: boolean }): GgmlFormat {
  const halves = least ? 4 : 2;
  const fifth = bits === 5 ? 4 : 0;
  const bytes = halves + fifth + (bits === 8 ? 32 : 16);
  const middle = least ? 0 : 2 ** (bits - 1);
  return {
    name,
    block: 32,
    bytes,
    toFloats(data) {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const floats = new Float32Array((data.byteLength / bytes) * 32);
      for (let start = 0, at = 0; start < data.byteLength; start += bytes, at += 32) {
        const scale = halfToFloat(view.getUint16(start, true));
        const base = least ? halfToFloat(view.getUint16(start + 2, true)) : 0;
        const high = bits === 5 ? view.getUint32(start + halves, true) : 0;
        const packed = start + halves + fifth;
        for (let i = 0; i < 32; i++) {
          if (bits === 8) {
            floats[at + i] = scale * view.getInt8(packed + i);
          } else {
            const low = (view.getUint8(packed + (i % 16)) >> (i < 16 ? 0 : 4)) & 15;
            floats[at + i] = scale * ((low | (((high >>> i) & 1) << 4)) - middle) + base;
          }
        }
      }
      return floats;
    },
  };
}

/** By the number that stands in the file (`enum ggml_type`). */
export const ggmlFormats: ReadonlyMap<number, GgmlFormat> = new Map([
  [0, { name: 'F32', block: 1, bytes: 4, toFloats: (bytes) => asNumbers(bytes, Float32Array) }],
  [1, { name: 'F16', block: 1, bytes: 2, toFloats: (bytes) => halvesToFloats(asNumbers(bytes, Uint16Array)) }],
  [2, blocked('Q4_0', { bits: 4, least: false })],
  [3, blocked('Q4_1', { bits: 4, least: true })],
  [6, blocked('Q5_0', { bits: 5, least: false })],
  [7, blocked('Q5_1', { bits: 5, least: true })],
  [8, blocked('Q8_0', { bits: 8, least: false })],
]);
