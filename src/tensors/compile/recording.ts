/**
 * A tfjs backend that computes nothing and writes down what it is asked to compute. Each kernel of tfjs becomes one or
 * several operators of ONNX (kernels-*.ts); the result of a kernel is a tensor whose only content is the operator that
 * will make it.
 */
import * as tf from '@tensorflow/tfjs-core';

export type NumberType = 'float32' | 'int32' | 'bool' | 'int64' | 'int8' | 'uint8';
export type Numbers = Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array;
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };
export type Attributes = Readonly<Record<string, Attribute>>;

/** One operator at one size of the inputs, and its single result. */
export interface Recorded {
  /** Name of an ONNX operator, or `Input` or `Constant`. */
  readonly op: string;
  readonly inputs: readonly (Recorded | Integers)[];
  readonly attributes: Attributes;
  readonly type: NumberType;
  readonly shape: readonly number[];
  /** Of a constant. */
  readonly data: Numbers | null;
  /** Name of an input. */
  readonly name: string;
}

/** Whole numbers that a kernel was given in JavaScript and that may depend on the sizes of the inputs. */
export interface Integers {
  readonly integers: readonly number[];
  readonly type: NumberType;
  /** One number without an axis. */
  readonly scalar: boolean;
}

export const integers = (values: readonly number[]): Integers => ({ integers: values, type: 'int64', scalar: false });

export function constantNumbers(data: Numbers, shape: readonly number[], type: NumberType): Recorded {
  return { op: 'Constant', inputs: [], attributes: {}, type, shape, data, name: '' };
}

/** Numbers as a type holds them; of a fraction the whole part where the type is whole. */
export function numbersOf(numbers: readonly number[], type: NumberType): Numbers {
  if (type === 'float32') return Float32Array.from(numbers);
  if (type === 'int64') return BigInt64Array.from(numbers, (number) => BigInt(Math.trunc(number)));
  if (type === 'int32') return Int32Array.from(numbers);
  return type === 'int8' ? Int8Array.from(numbers) : Uint8Array.from(numbers);
}

export interface Result {
  readonly shape: readonly number[];
  readonly type: NumberType;
}

/** Writes an operator down. */
export function emit(
  op: string,
  inputs: readonly (Recorded | Integers)[],
  { shape, type }: Result,
  attributes: Attributes = {},
): Recorded {
  return { op, inputs, attributes, type, shape, data: null, name: '' };
}

const NAME = 'recording';

export class RecordingBackend extends tf.KernelBackend {
  private readonly values = new WeakMap<object, Recorded>();
  /** How many tensors beyond the first have the same value: a variable and what was assigned to it. */
  private readonly shares = new WeakMap<object, number>();

  /**
   * Runs `work` on this backend and puts another one back behind it. `setBackend` has done its work when it returns,
   * since both backends are there already.
   */
  within<T>(work: () => T): T {
    const before = tf.engine().backendName;
    this.use();
    try {
      return work();
    } finally {
      if (before !== undefined && before !== NAME) void tf.setBackend(before);
    }
  }

  use(): void {
    if (tf.findBackend(NAME) === null) tf.registerBackend(NAME, () => this);
    void tf.setBackend(NAME);
  }

  tensor(value: Recorded): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.type as tf.DataType };
  }

  recorded(tensor: tf.TensorInfo): Recorded {
    const value = this.values.get(tensor.dataId);
    if (value !== undefined) return value;
    throw new Error(
      `A tensor of another backend, ${tensor.dtype} [${tensor.shape.join()}], is used in a function under compilation; make it within recordingBackend().within, or pass it in.`,
    );
  }

  /**
   * A matrix or a convolution in 8 bits: floats are `values` times the scale of their place on the last axis.
   *
   * @param values In the order of `shape`.
   */
  quantised(values: Int8Array, scales: Float32Array, shape: readonly number[]): tf.Tensor {
    const inputs = [constantNumbers(values, shape, 'int8'), constantNumbers(scales, [scales.length], 'float32')];
    const floats = emit('DequantizeLinear', inputs, { shape, type: 'float32' }, { axis: { int: shape.length - 1 } });
    return tf.engine().makeTensorFromTensorInfo(this.tensor(floats));
  }

  input(name: string, shape: readonly number[], type: NumberType): tf.Tensor {
    const value: Recorded = { op: 'Input', inputs: [], attributes: {}, type, shape, data: null, name };
    return tf.engine().makeTensorFromTensorInfo(this.tensor(value));
  }

  override write(data: tf.backend_util.BackendValues, shape: number[], type: tf.DataType): object {
    return this.tensor(constantNumbers(data as Numbers, shape, type as NumberType)).dataId;
  }
  override move(dataId: object, data: tf.backend_util.BackendValues, shape: number[], type: tf.DataType): void {
    this.values.set(dataId, constantNumbers(data as Numbers, shape, type as NumberType));
  }
  override readSync(dataId: object): tf.backend_util.BackendValues {
    const data = this.values.get(dataId)?.data;
    if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
    throw new Error(
      'A function under compilation reads a value, which is known only when it runs; choose with tf.where instead, or let a mask say what counts.',
    );
  }
  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }
  override disposeData(dataId: object): boolean {
    const others = this.shares.get(dataId) ?? 0;
    this.shares.set(dataId, others - 1);
    return others === 0;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override incRef(dataId: object): void {
    this.shares.set(dataId, this.refCount(dataId));
  }
  override refCount(dataId: object): number {
    return 1 + (this.shares.get(dataId) ?? 0);
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
}
