/** What a kernel of tfjs becomes: the operators that it writes down, and its result or results. */
import { emit, type Attributes, type Integers, type NumberType, type Recorded, type Result } from './recording.ts';

/**
 * Inputs and attributes come as tfjs-core's kernel_names.ts names and types them. Each kernel declares those that it
 * takes; the table of kernels cannot know them.
 */
export type Kernel = (inputs: never, attributes: never) => Recorded | Recorded[];
export type Kernels = Readonly<Record<string, Kernel>>;

export interface X {
  readonly x: Recorded;
}
export interface AB {
  readonly a: Recorded;
  readonly b: Recorded;
}

/** `op` with one input, whose shape and type the result has. */
export function like(op: string, x: Recorded, attributes?: Attributes): Recorded {
  return emit(op, [x], x, attributes);
}

export function cast(x: Recorded, type: NumberType): Recorded {
  return x.type === type ? x : emit('Cast', [x], { shape: x.shape, type }, { to: { int: onnxTypes[type] } });
}

export function reshape(x: Recorded, shape: readonly number[]): Recorded {
  return emit('Reshape', [x, { integers: shape, type: 'int64', scalar: false }], { shape, type: x.type });
}

export function transpose(x: Recorded, order: readonly number[]): Recorded {
  const shape = order.map((axis) => x.shape[axis] as number);
  return emit('Transpose', [x], { shape, type: x.type }, { perm: { ints: order } });
}

/** From `begin` on, `sizes` many along every axis. */
export function slice(x: Recorded, begin: readonly number[], sizes: readonly number[]): Recorded {
  const whole = sizes.flatMap((size, axis) => (begin[axis] === 0 && size === x.shape[axis] ? [] : [axis]));
  if (whole.length === 0) return x;
  const vector = (values: readonly number[]): Integers => ({ integers: values, type: 'int64', scalar: false });
  return emit(
    'Slice',
    [
      x,
      vector(whole.map((axis) => begin[axis] as number)),
      vector(whole.map((axis) => (begin[axis] as number) + (sizes[axis] as number))),
      vector(whole),
    ],
    { shape: sizes, type: x.type },
  );
}

/** `op` over pairs of numbers, shapes broadcast as NumPy does. */
export function pairwise(op: string, a: Recorded, b: Recorded, type: NumberType = a.type): Recorded {
  return emit(op, [a, b], { shape: broadcast(a.shape, b.shape), type } satisfies Result);
}

/** @throws Error when the shapes do not suit each other. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`[${a.join()}] and [${b.join()}] do not broadcast.`);
    return left === 1 ? right : left;
  });
}

/** TensorProto.DataType of onnx.proto. */
export const onnxTypes: Readonly<Record<NumberType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};
