/**
 * What is trained, as one vector of numbers: matrices first, which decay, then vectors, which do not. One vector makes the
 * step of the optimiser a few operators instead of a thousand, and a checkpoint three arrays.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface Parameter {
  readonly name: string;
  /** One axis: a vector, without decay. */
  readonly shape: readonly number[];
  /** The numbers that training begins with, row after row. */
  readonly initial: () => Float32Array;
}

export interface PlacedParameter extends Parameter {
  readonly offset: number;
  readonly length: number;
}

export interface Layout {
  readonly parameters: readonly PlacedParameter[];
  /** Numbers of all parameters. */
  readonly length: number;
  /** How many of them, from the first on, belong to matrices. */
  readonly matrices: number;
}

export function layoutOf(parameters: readonly Parameter[]): Layout {
  const isMatrix = ({ shape }: Parameter) => shape.length > 1;
  let length = 0;
  let matrices = 0;
  const placed = [...parameters.filter(isMatrix), ...parameters.filter((one) => !isMatrix(one))].map((parameter) => {
    const offset = length;
    const size = parameter.shape.reduce((product, axis) => product * axis, 1);
    length += size;
    if (isMatrix(parameter)) matrices = length;
    return { ...parameter, offset, length: size };
  });
  return { parameters: placed, length, matrices };
}

export function initialNumbers({ parameters, length }: Layout): Float32Array {
  const all = new Float32Array(length);
  for (const { offset, initial } of parameters) all.set(initial(), offset);
  return all;
}

/** The part of the vector that a parameter is; a view. */
export function partOf(all: Float32Array, { offset, length }: PlacedParameter): Float32Array {
  return all.subarray(offset, offset + length);
}

/** The vector as tensors, in the order of the layout. */
export function asTensors(vector: tf.Tensor1D, { parameters }: Layout): tf.Tensor[] {
  return parameters.map(({ offset, length, shape }) => tf.reshape(tf.slice(vector, [offset], [length]), [...shape]));
}

/** The tensors as the vector. */
export function asVector(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tf.reshape<tf.Rank.R1>(tensor, [-1])));
}
