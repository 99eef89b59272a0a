/**
 * Convolutions and their gradients. Tensors are [rows, height, width, channels] and filters [taps high, taps wide, in,
 * out] (of depthwise ones, [taps high, taps wide, channels, multiplier]); ONNX wants channels before places.
 */
import * as tf from '@tensorflow/tfjs-core';
import { pairwise, reshape, transpose, type Kernel, type Kernels } from './kernel.ts';
import { constantNumbers, emit, integers, type Attributes, type Recorded } from './recording.ts';

/** What the kernels of this file have in common of their attributes. */
interface Convolution {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: string;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
type Geometry = ReturnType<typeof tf.backend_util.computeConv2DInfo>;
type Shape = readonly number[];

const channelsFirst = [0, 3, 1, 2];
const channelsLast = [0, 2, 3, 1];

function geometry(x: Shape, filter: Shape, given: Convolution, depthwise: boolean): Geometry {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = given;
  if (dataFormat !== 'NHWC')
    throw new Error(`Convolution of ${dataFormat} tensors is not compiled; transpose to NHWC.`);
  return tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

function attributesOf(sizes: Geometry, depthwise: boolean): Record<string, Attributes[string]> {
  const { padInfo, strideHeight, strideWidth, dilationHeight, dilationWidth, inChannels } = sizes;
  return {
    strides: { ints: [strideHeight, strideWidth] },
    dilations: { ints: [dilationHeight, dilationWidth] },
    pads: { ints: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right] },
    group: { int: depthwise ? inChannels : 1 },
  };
}

/** As ONNX holds it: [out, in, taps high, taps wide], with one `in` where channels stay by themselves. */
function filterFor(filter: Recorded, depthwise: boolean): Recorded {
  if (!depthwise) return transpose(filter, [3, 2, 0, 1]);
  const [high, wide, channels, multiplier] = filter.shape as [number, number, number, number];
  return reshape(transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, high, wide]);
}

const convolution =
  (depthwise: boolean): Kernel =>
  ({ x, filter }: { x: Recorded; filter: Recorded }, given: Convolution) => {
    const sizes = geometry(x.shape, filter.shape, given, depthwise);
    const result = emit(
      'Conv',
      [transpose(x, channelsFirst), filterFor(filter, depthwise)],
      { shape: [sizes.batchSize, sizes.outChannels, sizes.outHeight, sizes.outWidth], type: 'float32' },
      attributesOf(sizes, depthwise),
    );
    return transpose(result, channelsLast);
  };

/** The gradient with respect to x is the convolution turned round. */
const backToInput =
  (depthwise: boolean): Kernel =>
  ({ dy, filter }: { dy: Recorded; filter: Recorded }, given: Convolution & { inputShape: number[] }) => {
    const sizes = geometry(given.inputShape, filter.shape, given, depthwise);
    const { padInfo, strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = sizes;
    const covered = (places: number, stride: number, taps: number) => stride * (places - 1) + taps;
    const high = covered(sizes.outHeight, strideHeight, effectiveFilterHeight) - padInfo.top - padInfo.bottom;
    const wide = covered(sizes.outWidth, strideWidth, effectiveFilterWidth) - padInfo.left - padInfo.right;
    const result = emit(
      'ConvTranspose',
      [transpose(dy, channelsFirst), filterFor(filter, depthwise)],
      { shape: [sizes.batchSize, sizes.inChannels, sizes.inHeight, sizes.inWidth], type: 'float32' },
      {
        ...attributesOf(sizes, depthwise),
        // What the last stride did not reach.
        output_padding: { ints: [sizes.inHeight - high, sizes.inWidth - wide] },
      },
    );
    return transpose(result, channelsLast);
  };

/** x where each tap of the filter meets it, tap by tap: [rows, out high, out wide, in]. */
function met(x: Recorded, sizes: Geometry): Recorded[] {
  const { padInfo, outHeight, outWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = sizes;
  const sides = [0, padInfo.top, padInfo.left, 0, 0, padInfo.bottom, padInfo.right, 0];
  const padded = sides.every((side) => side === 0)
    ? x
    : emit('Pad', [x, integers(sides), constantNumbers(Float32Array.of(0), [], 'float32')], {
        shape: x.shape.map((size, axis) => size + (sides[axis] as number) + (sides[axis + 4] as number)),
        type: x.type,
      });
  const shape = [sizes.batchSize, outHeight, outWidth, sizes.inChannels];
  return Array.from({ length: sizes.filterHeight * sizes.filterWidth }, (_, tap) => {
    const top = Math.floor(tap / sizes.filterWidth) * dilationHeight;
    const left = (tap % sizes.filterWidth) * dilationWidth;
    const ends = [top + strideHeight * (outHeight - 1) + 1, left + strideWidth * (outWidth - 1) + 1];
    const steps = integers([strideHeight, strideWidth]);
    return emit('Slice', [padded, integers([top, left]), integers(ends), integers([1, 2]), steps], {
      shape,
      type: x.type,
    });
  });
}

function joined(parts: readonly Recorded[], axis: number): Recorded {
  const [{ shape, type }] = parts as [Recorded];
  const size = (shape[axis] as number) * parts.length;
  return emit('Concat', parts, { shape: shape.with(axis, size), type }, { axis: { int: axis } });
}

interface FilterGradient extends Convolution {
  readonly filterShape: number[];
}

/** ONNX has no such operator. It is one product: what the taps meet, transposed, by the gradient behind. */
function backToFilter({ x, dy }: { x: Recorded; dy: Recorded }, given: FilterGradient): Recorded {
  const sizes = geometry(x.shape, given.filterShape, given, false);
  const places = sizes.batchSize * sizes.outHeight * sizes.outWidth;
  const width = sizes.filterHeight * sizes.filterWidth * sizes.inChannels;
  const unfolded = reshape(joined(met(x, sizes), 3), [places, width]);
  const product = emit('MatMul', [transpose(unfolded, [1, 0]), reshape(dy, [places, sizes.outChannels])], {
    shape: [width, sizes.outChannels],
    type: 'float32',
  });
  return reshape(product, given.filterShape);
}

/** Channel by channel: a sum over rows and places, tap by tap. */
function backToDepthwiseFilter({ x, dy }: { x: Recorded; dy: Recorded }, given: FilterGradient): Recorded {
  const sizes = geometry(x.shape, given.filterShape, given, true);
  const [, , channels, multiplier] = given.filterShape as [number, number, number, number];
  const places = [sizes.batchSize, sizes.outHeight, sizes.outWidth, channels];
  const behind = reshape(dy, [...places, multiplier]);
  const taps = met(x, sizes).map((part) => {
    const product = pairwise('Mul', reshape(part, [...places, 1]), behind);
    const shape = [channels, multiplier];
    const sum = emit('ReduceSum', [product, integers([0, 1, 2])], { shape, type: 'float32' }, { keepdims: { int: 0 } });
    return reshape(sum, [1, channels, multiplier]);
  });
  return reshape(joined(taps, 0), given.filterShape);
}

export const convolutionKernels: Kernels = {
  Conv2D: convolution(false),
  Conv2DBackpropFilter: backToFilter,
  Conv2DBackpropInput: backToInput(false),
  DepthwiseConv2dNative: convolution(true),
  DepthwiseConv2dNativeBackpropFilter: backToDepthwiseFilter,
  DepthwiseConv2dNativeBackpropInput: backToInput(true),
};
