/** From stored weights to tensors in the layout in which the networks compute. */
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.ts';
import { recordingBackend } from '../tensors/compile/kernels.ts';
import { weightShapes, type Dimensions } from './dimensions.ts';
import { int4Tensor, isWholeBlocks, quantiseTo4Bits } from './int4.ts';
import { quantise, type Int8Matrix } from './int8.ts';

/** Where weights come from: a Hugging Face folder or a ggml file. Names and layouts are Hugging Face's. */
export interface WeightSource {
  /** For messages: the folder or file. */
  readonly path: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** @throws UsageError `weights` when the file is broken or the numbers are in a format that diglot does not read. */
  read(name: string): Promise<Float32Array>;
  /** The weight as it is stored when that is in 8 bits with a scale a row; null of others. */
  readInt8?(name: string): Promise<Int8Matrix | null>;
  close(): Promise<void>;
}

/** @throws UsageError `weights` when a weight that the network calls for is missing or has another shape. */
export function checkShapes(source: WeightSource, dimensions: Dimensions): void {
  for (const [name, wanted] of weightShapes(dimensions)) {
    const found = source.shapes.get(name);
    if (found?.join() !== wanted.join()) {
      const what = found === undefined ? 'is missing' : `has the shape [${found.join(', ')}]`;
      throw new UsageError(
        'weights',
        `${source.path}: ${name} ${what}, and its configuration calls for [${wanted.join(', ')}]; the two do not belong together.`,
      );
    }
  }
}

/** What products by weights are computed in. */
export const computePrecisions = ['f32', 'int8', 'int4'] as const;
export type ComputePrecision = (typeof computePrecisions)[number];

export interface LoadWeightsOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * `int8` keeps matrices in 8 bits, or puts them there; `int4` puts those of the decoder's layers in 4. The
   * convolutions, which hear the log-mel and are small, stay in floats. Only for functions that are compiled. Default f32.
   */
  readonly precision?: ComputePrecision;
  /** Names of weights that stay in floats all the same. */
  readonly inFloats?: readonly string[];
}

/**
 * Reads every weight that the network calls for, one at a time. The caller owns the tensors.
 * @throws UsageError `weights`.
 */
export async function loadWeights(
  source: WeightSource,
  dimensions: Dimensions,
  { signal, precision = 'f32', inFloats = [] }: LoadWeightsOptions = {},
): Promise<Map<string, tf.Tensor>> {
  checkShapes(source, dimensions);
  const weights = new Map<string, tf.Tensor>();
  try {
    for (const [name, shape] of weightShapes(dimensions)) {
      signal?.throwIfAborted();
      const held = inFloats.includes(name) ? 'f32' : heldIn(precision, name, shape);
      const stored = held === 'int8' ? await source.readInt8?.(name) : null;
      const values = stored?.scales ?? (await source.read(name));
      if (!allFinite(values)) {
        throw new UsageError('weights', `${source.path}: ${name} holds NaN or infinite numbers; fetch it again.`);
      }
      if (held === 'f32') weights.set(name, asComputed(name, values, shape));
      else if (held === 'int4') weights.set(name, int4Tensor(quantiseTo4Bits(values), shape as [number, number]));
      else weights.set(name, asQuantised(stored ?? quantise(values, shape[0] as number), shape));
    }
  } catch (error) {
    tf.dispose([...weights.values()]);
    throw error;
  }
  return weights;
}

/**
 * In int4 the decoder's layers alone have 4 bits. On the 69 texts of golden clips, beam 5, the mixed error rate was 33.6 %
 * in f32, 30.0 % in int8, 39.3 % so, and 42.7 % with the encoder in 4 bits too (without the one clip on which f32 itself
 * fails: 24.7, 24.4, 25.0 and 35.2 %), where ONNX Runtime is also no faster than in floats. Rows that are not whole
 * blocks, which no Whisper of OpenAI's has, stay in 8 bits.
 */
function heldIn(precision: ComputePrecision, name: string, shape: readonly number[]): ComputePrecision {
  if (!isMatrix(name, shape) || shape.length !== 2) return 'f32';
  if (precision !== 'int4') return precision;
  return name.startsWith('model.decoder.layers.') && isWholeBlocks(shape[1] as number) ? 'int4' : 'int8';
}

function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** Kernels of products have their axes reversed: [out, in] to [in, out], [out, in, taps] to [taps, in, out]. */
function asComputed(name: string, values: Float32Array, shape: readonly number[]): tf.Tensor {
  if (!isMatrix(name, shape)) return tf.tensor(values, [...shape]);
  return tf.tensor(reverseAxes(values, shape), [...shape].reverse());
}

function asQuantised({ values, scales }: Int8Matrix, shape: readonly number[]): tf.Tensor {
  return recordingBackend().quantised(reverseAxes(values, shape), scales, [...shape].reverse());
}

/** Whether a weight is multiplied by: neither a vector nor the table of positions. */
function isMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.endsWith('embed_positions.weight');
}

/** @param shape Of two or three axes. */
export function reverseAxes(values: Float32Array, shape: readonly number[]): Float32Array;
export function reverseAxes(values: Int8Array, shape: readonly number[]): Int8Array;
export function reverseAxes(values: Float32Array | Int8Array, shape: readonly number[]): Float32Array | Int8Array {
  const [outputs = 1, inputs = 1, taps = 1] = shape;
  const reversed = values.slice();
  // In squares, so that neither side of the copy leaves the processor's cache.
  const square = 64;
  for (let output0 = 0; output0 < outputs; output0 += square) {
    for (let input0 = 0; input0 < inputs; input0 += square) {
      const lastOutput = Math.min(output0 + square, outputs);
      const lastInput = Math.min(input0 + square, inputs);
      for (let output = output0; output < lastOutput; output++) {
        for (let input = input0; input < lastInput; input++) {
          for (let tap = 0; tap < taps; tap++) {
            reversed[(tap * inputs + input) * outputs + output] = values[
              (output * inputs + input) * taps + tap
            ] as number;
          }
        }
      }
    }
  }
  return reversed;
}
