/** ggml's number formats: blocks of 32 numbers with a scale each (ggml-quants.c, `dequantize_row_*`, `quantize_row_*_ref`). */
import { asNumbers, floatsToHalves, halfToFloat, halvesToFloats } from './number-formats.ts';

export interface GgmlFormat {
  readonly name: string;
  /** Numbers a block. */
  readonly block: number;
  /** Bytes a block. */
  readonly bytes: number;
  toFloats(bytes: Uint8Array): Float32Array;
  /** @param floats A multiple of `block`. */
  fromFloats(floats: Float32Array): Uint8Array;
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
    fromFloats(floats) {
      const data = new Uint8Array((floats.length / 32) * bytes);
      const view = new DataView(data.buffer);
      for (let start = 0, at = 0; at < floats.length; start += bytes, at += 32) {
        const block = floats.subarray(at, at + 32);
        const { scale, base } = (least ? spread : bits === 8 ? evenly : oneSided)(block, bits);
        const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
        view.setUint16(start, halfOf(scale), true);
        if (least) view.setUint16(start + 2, halfOf(base), true);
        let high = 0;
        const packed = start + halves + fifth;
        for (let i = 0; i < 32; i++) {
          const steps = least
            ? Math.fround(Math.fround((block[i] as number) - base) * inverse)
            : (block[i] as number) * inverse;
          if (bits === 8) {
            // C's roundf: half a step goes away from zero.
            const whole = Math.trunc(Math.abs(Math.fround(steps)) + 0.5);
            view.setInt8(packed + i, steps < 0 ? -whole : whole);
          } else {
            const whole = Math.min(2 ** bits - 1, Math.trunc(Math.fround(steps + middle + 0.5)));
            high |= (whole >> 4) << i;
            view.setUint8(packed + (i % 16), view.getUint8(packed + (i % 16)) | ((whole & 15) << (i < 16 ? 0 : 4)));
          }
        }
        if (bits === 5) view.setUint32(start + halves, high >>> 0, true);
      }
      return data;
    },
  };
}

interface Grid {
  readonly scale: number;
  readonly base: number;
}

/** From the largest magnitude down to its negative. */
function evenly(block: Float32Array, bits: number): Grid {
  const largest = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { scale: Math.fround(largest / (2 ** (bits - 1) - 1)), base: 0 };
}

/** The number of the largest magnitude, the first of several, is the grid's lower end, which has one step more. */
function oneSided(block: Float32Array, bits: number): Grid {
  const end = block.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return { scale: Math.fround(end / -(2 ** (bits - 1))), base: 0 };
}

/** From the least number to the largest. */
function spread(block: Float32Array, bits: number): Grid {
  const [least, largest] = [Math.min(...block), Math.max(...block)];
  return { scale: Math.fround(Math.fround(largest - least) / (2 ** bits - 1)), base: least };
}

function halfOf(value: number): number {
  return floatsToHalves(Float32Array.of(value))[0] as number;
}

/** By the number that stands in the file (`enum ggml_type`). */
export const ggmlFormats: ReadonlyMap<number, GgmlFormat> = new Map([
  [0, { name: 'F32', block: 1, bytes: 4, toFloats: (bytes) => asNumbers(bytes, Float32Array), fromFloats: bytesOf }],
  [
    1,
    {
      name: 'F16',
      block: 1,
      bytes: 2,
      toFloats: (bytes) => halvesToFloats(asNumbers(bytes, Uint16Array)),
      fromFloats: (floats) => bytesOf(floatsToHalves(floats)),
    },
  ],
  [2, blocked('Q4_0', { bits: 4, least: false })],
  [3, blocked('Q4_1', { bits: 4, least: true })],
  [6, blocked('Q5_0', { bits: 5, least: false })],
  [7, blocked('Q5_1', { bits: 5, least: true })],
  [8, blocked('Q8_0', { bits: 8, least: false })],
]);

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
