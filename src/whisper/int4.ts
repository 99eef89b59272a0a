/**
 * Weights in 4 bits: each run of 32 weights of an output channel (a block) has one scale, and a weight is scale times a
 * whole number from -8 to 7.
 */
import * as tf from '@tensorflow/tfjs-core';
import { recordingBackend } from '../tensors/compile/kernels.ts';
import { blockSize } from '../tensors/compile/passes/int4-products.ts';

export interface Int4Matrix {
  /** 32 x blocks: each number of all blocks after the other. */
  readonly values: Int8Array;
  /** One a block; those of a row follow each other. */
  readonly scales: Float32Array;
}

/** Whether rows of so many weights are whole blocks. */
export function isWholeBlocks(columns: number): boolean {
  return columns % blockSize === 0;
}

/** Candidates for a scale: the one that makes -8 of the largest weight, and those by which it becomes so much. */
const largestBecomes = [-8, -7.5, -7, -8.5, -9];

/** Quantises a matrix row after row. The scale of a block is the candidate with the least sum of squared errors. */
export function quantiseTo4Bits(matrix: Float32Array): Int4Matrix {
  const blocks = matrix.length / blockSize;
  const values = new Int8Array(matrix.length);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const weights = matrix.subarray(block * blockSize, (block + 1) * blockSize);
    const scale = bestScale(weights);
    scales[block] = scale;
    for (let i = 0; i < blockSize; i++) values[i * blocks + block] = rounded((weights[i] as number) / scale);
  }
  return { values, scales };
}

function bestScale(weights: Float32Array): number {
  let largest = 0;
  for (const weight of weights) if (Math.abs(weight) > Math.abs(largest)) largest = weight;
  if (largest === 0) return 1;
  let best = { scale: 1, error: Infinity };
  for (const number of largestBecomes) {
    const scale = Math.fround(largest / number);
    let error = 0;
    for (const weight of weights) error += (weight - scale * rounded(weight / scale)) ** 2;
    if (error < best.error) best = { scale, error };
  }
  return best.scale;
}

function rounded(value: number): number {
  return Math.max(-8, Math.min(7, Math.round(value)));
}

/** The tensor [in, out] of a matrix [out, in] in 4 bits, for functions that are compiled. */
export function int4Tensor({ values, scales }: Int4Matrix, [outputs, inputs]: readonly [number, number]): tf.Tensor {
  const backend = recordingBackend();
  return backend.within(() =>
    tf.tidy(() => {
      const blocks = backend.quantised(values, scales, [blockSize, scales.length]);
      return tf.transpose(tf.reshape(tf.transpose(blocks), [outputs, inputs]));
    }),
  );
}
