/** Typed arrays that columns can grow into. */

export type NumericArray =
  Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;
export type AnyTypedArray = NumericArray | BigInt64Array;

/** What makes a typed array of a given element type. */
export interface ArrayConstructor<A extends AnyTypedArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

const FIRST_ROOM = 256;

/** The array itself when it holds `length` elements, else a copy of at least twice its size. */
export function withRoom<A extends AnyTypedArray>(Elements: ArrayConstructor<A>, array: A, length: number): A {
  if (length <= array.length) return array;
  const larger = new Elements(Math.max(length, array.length * 2, FIRST_ROOM));
  larger.set(array as never);
  return larger;
}
