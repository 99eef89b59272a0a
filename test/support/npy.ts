/** Reads NumPy's .npy files of 32-bit floats in C order (numpy.lib.format, version 1). */
import { readFileSync } from 'node:fs';

export function readNpy(path: string): { readonly values: Float32Array; readonly shape: readonly number[] } {
  const bytes = readFileSync(path);
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + headerLength);
  if (bytes[6] !== 1 || !header.includes("'descr': '<f4'") || !header.includes("'fortran_order': False")) {
    throw new Error(`${path} is not a version 1 file of little-endian 32-bit floats in C order: ${header}`);
  }
  const shape = (/\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const data = bytes.subarray(10 + headerLength);
  return { values: new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)), shape };
}
