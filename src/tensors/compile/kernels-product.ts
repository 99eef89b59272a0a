/** Kernels that multiply matrices, convolutions among them. */
import type { BatchMatMulAttrs, Conv2DAttrs } from '@tensorflow/tfjs-core';
import { broadcast, transpose, type AB, type Kernels } from './kernel.ts';
import { emit, type Recorded } from './recording.ts';

function transposeLast(x: Recorded): Recorded {
  const last = x.shape.length - 1;
  const order = x.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis));
  return transpose(x, order);
}

/** Zeros before and behind along one axis, as tfjs's conv_util.ts counts them. */
function padding(pad: Conv2DAttrs['pad'], axis: number, size: number, taps: number, stride: number): [number, number] {
  if (pad === 'valid') return [0, 0];
  if (typeof pad === 'number') return [pad, pad];
  if (pad !== 'same') return pad[axis] as [number, number];
  const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + taps - size);
  return [Math.floor(all / 2), all - Math.floor(all / 2)];
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
  /** x [rows, height, width, in], filter [taps high, taps wide, in, out]; ONNX wants channels before places. */
  Conv2D: ({ x, filter }: { x: Recorded; filter: Recorded }, { strides, pad, dataFormat, dilations }: Conv2DAttrs) => {
    if (dataFormat !== 'NHWC') throw new Error(`Conv2D of ${dataFormat} tensors is not known to the compiler.`);
    const pairOf = (given: number | readonly number[]) => (typeof given === 'number' ? [given, given] : [...given]);
    const [stride, dilation] = [pairOf(strides), pairOf(dilations)];
    const sides = [0, 1].map((axis) => {
      const size = x.shape[axis + 1] as number;
      const taps = ((filter.shape[axis] as number) - 1) * (dilation[axis] as number) + 1;
      // The axes of an explicit padding count the rows of the batch too.
      const [before, behind] = padding(pad, axis + 1, size, taps, stride[axis] as number);
      return { before, behind, size: Math.floor((size + before + behind - taps) / (stride[axis] as number)) + 1 };
    });
    const result = emit(
      'Conv',
      [transpose(x, [0, 3, 1, 2]), transpose(filter, [3, 2, 0, 1])],
      { shape: [x.shape[0] as number, filter.shape[3] as number, ...sides.map(({ size }) => size)], type: 'float32' },
      {
        strides: { ints: stride },
        dilations: { ints: dilation },
        pads: { ints: [...sides.map(({ before }) => before), ...sides.map(({ behind }) => behind)] },
      },
    );
    return transpose(result, [0, 2, 3, 1]);
  },
};
