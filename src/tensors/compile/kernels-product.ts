/** Kernels that multiply matrices. */
import type { BatchMatMulAttrs } from '@tensorflow/tfjs-core';
import { broadcast, transpose, type AB, type Kernels } from './kernel.ts';
import { emit, type Recorded } from './recording.ts';

function transposeLast(x: Recorded): Recorded {
  const last = x.shape.length - 1;
  const order = x.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis));
  return transpose(x, order);
}

export const productKernels: Kernels = {
  BatchMatMul: ({ a, b }: AB, { transposeA, transposeB }: BatchMatMulAttrs) => {
    const left = transposeA ? transposeLast(a) : a;
    const right = transposeB ? transposeLast(b) : b;
    const shape = [
      ...broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2)),
      left.shape.at(-2) as number,
      right.shape.at(-1) as number,
    ];
    return emit('MatMul', [left, right], { shape, type: 'float32' });
  },
};
