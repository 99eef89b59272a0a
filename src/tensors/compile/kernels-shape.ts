/** Kernels that move numbers about: shapes, slices, look-ups, and tensors made from nothing. */
import { slice_util } from '@tensorflow/tfjs-core';
import type {
  ConcatAttrs,
  ExpandDimsAttrs,
  FillAttrs,
  GatherV2Attrs,
  LinSpaceAttrs,
  MirrorPadAttrs,
  OneHotAttrs,
  PackAttrs,
  PadV2Attrs,
  RangeAttrs,
  ReshapeAttrs,
  ReverseAttrs,
  SliceAttrs,
  SplitVAttrs,
  StridedSliceAttrs,
  TileAttrs,
  TransposeAttrs,
  UnpackAttrs,
} from '@tensorflow/tfjs-core';
import { cast, reshape, slice, transpose, type Kernels, type X } from './kernel.ts';
import { alongRows } from './kernels-search.ts';
import { constantNumbers, emit, integers, type NumberType, type Recorded } from './recording.ts';

type Several = Readonly<Record<string, Recorded>>;

function scalar(value: number, type: NumberType): Recorded {
  const data =
    type === 'float32' ? Float32Array.of(value) : type === 'bool' ? Uint8Array.of(value) : Int32Array.of(value);
  return constantNumbers(data, [], type);
}

function fill(shape: readonly number[], value: number, type: NumberType): Recorded {
  return emit('Expand', [scalar(value, type), integers(shape)], { shape, type });
}

function join(parts: readonly Recorded[], along: number): Recorded {
  const [first] = parts as [Recorded];
  const axis = along < 0 ? along + first.shape.length : along;
  const shape = first.shape.map((size, i) =>
    i === axis ? parts.reduce((sum, part) => sum + (part.shape[i] as number), 0) : size,
  );
  return emit('Concat', parts, { shape, type: first.type }, { axis: { int: axis } });
}

function withAxis(shape: readonly number[], axis: number): number[] {
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
}

function reversedAxes({ shape }: Recorded, dims: number | number[] | undefined): number[] {
  return typeof dims === 'number' ? [dims] : (dims ?? shape.map((_, axis) => axis));
}

export const shapeKernels: Kernels = {
  Concat: (inputs: Several, { axis }: ConcatAttrs) => join(Object.values(inputs), axis),
  ExpandDims: ({ input }: { input: Recorded }, { dim }: ExpandDimsAttrs) =>
    reshape(input, withAxis(input.shape, dim < 0 ? input.shape.length + 1 + dim : dim)),
  Fill: (_: unknown, { shape, value, dtype }: FillAttrs) =>
    fill(shape, value as number, (dtype as NumberType | undefined) ?? 'float32'),
  GatherV2: ({ x, indices }: { x: Recorded; indices: Recorded }, { axis, batchDims }: GatherV2Attrs) => {
    if (batchDims > 0) {
      if (batchDims === axis && axis === x.shape.length - 1) return alongRows(x, indices);
      throw new Error('GatherV2 with batches is known to the compiler along the last axis only.');
    }
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return emit('Gather', [x, indices], { shape, type: x.type }, { axis: { int: axis } });
  },
  LinSpace: (_: unknown, { start, stop, num }: LinSpaceAttrs) => {
    const step = (stop - start) / Math.max(1, num - 1);
    return constantNumbers(
      Float32Array.from({ length: num }, (_, index) => start + index * step),
      [num],
      'float32',
    );
  },
  MirrorPad: ({ x }: X, { paddings, mode }: MirrorPadAttrs) => {
    if (mode === 'symmetric') throw new Error('Padding that repeats the edge is not compiled; use reflect.');
    const sides = [...paddings.map(([begin]) => begin), ...paddings.map(([, end]) => end)];
    const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
    return emit('Pad', [x, integers(sides)], { shape, type: x.type }, { mode: { text: 'reflect' } });
  },
  /** ONNX Runtime has it for 64-bit places along an axis, and for floats alone. */
  OneHot: ({ indices }: { indices: Recorded }, { depth, onValue, offValue, dtype }: OneHotAttrs) => {
    const values = constantNumbers(Float32Array.of(offValue, onValue), [2], 'float32');
    const places = reshape(cast(indices, 'int64'), indices.shape.length === 0 ? [1] : indices.shape);
    const floats = emit('OneHot', [places, integers([depth]), values], {
      shape: [...places.shape, depth],
      type: 'float32',
    });
    return cast(reshape(floats, [...indices.shape, depth]), dtype as NumberType);
  },
  OnesLike: ({ x }: X) => fill(x.shape, 1, x.type),
  Pack: (inputs: Several, { axis }: PackAttrs) =>
    join(
      Object.values(inputs).map((x) => reshape(x, withAxis(x.shape, axis))),
      axis,
    ),
  PadV2: ({ x }: X, { paddings, constantValue }: PadV2Attrs) =>
    emit(
      'Pad',
      [
        x,
        integers([...paddings.map(([begin]) => begin), ...paddings.map(([, end]) => end)]),
        scalar(constantValue, x.type),
      ],
      {
        shape: x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0)),
        type: x.type,
      },
    ),
  Range: (_: unknown, { start, stop, step, dtype }: RangeAttrs) => {
    const type = dtype as NumberType;
    const number = (value: number) => ({ integers: [value], type, scalar: true });
    const shape = [Math.max(0, Math.ceil((stop - start) / step))];
    return emit('Range', [number(start), number(stop), number(step)], { shape, type });
  },
  Reshape: ({ x }: X, { shape }: ReshapeAttrs) => {
    const known = shape.reduce((product, size) => (size < 0 ? product : product * size), 1);
    const count = x.shape.reduce((product, size) => product * size, 1);
    return reshape(
      x,
      shape.map((size) => (size < 0 ? count / known : size)),
    );
  },
  Reverse: ({ x }: X, { dims }: Partial<ReverseAttrs>) => {
    const axes = reversedAxes(x, dims).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    if (axes.length === 0) return x;
    const every = (value: number) => integers(axes.map(() => value));
    // To the smallest int64 number: past the first element, whatever the size.
    return emit('Slice', [x, every(-1), every(Number.MIN_SAFE_INTEGER), integers(axes), every(-1)], x);
  },
  Slice: ({ x }: X, { begin, size }: Partial<SliceAttrs>) => {
    const given = (values: number | number[] | undefined, axis: number): number | undefined =>
      typeof values === 'number' ? (axis === 0 ? values : undefined) : values?.[axis];
    const from = x.shape.map((_, axis) => given(begin, axis) ?? 0);
    const sizes = x.shape.map((all, axis) => {
      const wanted = given(size, axis) ?? -1;
      return wanted < 0 ? all - (from[axis] as number) : wanted;
    });
    return slice(x, from, sizes);
  },
  SplitV: ({ x }: X, { numOrSizeSplits, axis }: SplitVAttrs) => {
    const along = axis < 0 ? axis + x.shape.length : axis;
    const all = x.shape[along] as number;
    const sizes =
      typeof numOrSizeSplits === 'number'
        ? Array<number>(numOrSizeSplits).fill(all / numOrSizeSplits)
        : numOrSizeSplits.map((size) =>
            size < 0 ? all - numOrSizeSplits.reduce((sum, s) => sum + Math.max(0, s), 0) : size,
          );
    let begin = 0;
    return sizes.map((size) => {
      const part = slice(
        x,
        x.shape.map((_, i) => (i === along ? begin : 0)),
        x.shape.map((whole, i) => (i === along ? size : whole)),
      );
      begin += size;
      return part;
    });
  },
  StridedSlice: ({ x }: X, given: StridedSliceAttrs) => {
    const { finalShape, isIdentity, begin, end, strides } = slice_util.sliceInfo(
      [...x.shape],
      given.begin,
      given.end,
      given.strides,
      given.beginMask,
      given.endMask,
      given.ellipsisMask,
      given.newAxisMask,
      given.shrinkAxisMask,
    );
    if (isIdentity) return reshape(x, finalShape);
    // Backwards to the first element and over it: ONNX counts -1 from the end.
    const ends = end.map((value) => (value < 0 ? Number.MIN_SAFE_INTEGER : value));
    const axes = integers(x.shape.map((_, axis) => axis));
    const parts = emit('Slice', [x, integers(begin), integers(ends), axes, integers(strides)], {
      shape: slice_util.computeOutShape(begin, end, strides),
      type: x.type,
    });
    return reshape(parts, finalShape);
  },
  Tile: ({ x }: X, { reps }: TileAttrs) =>
    emit('Tile', [x, integers(reps)], {
      shape: x.shape.map((size, axis) => size * (reps[axis] as number)),
      type: x.type,
    }),
  Transpose: ({ x }: X, { perm }: TransposeAttrs) => transpose(x, perm),
  Unpack: ({ value }: { value: Recorded }, { axis }: UnpackAttrs) => {
    const along = axis < 0 ? axis + value.shape.length : axis;
    const rest = value.shape.filter((_, i) => i !== along);
    return Array.from({ length: value.shape[along] as number }, (_, index) => {
      const part = slice(
        value,
        value.shape.map((_, i) => (i === along ? index : 0)),
        value.shape.map((size, i) => (i === along ? 1 : size)),
      );
      return reshape(part, rest);
    });
  },
  ZerosLike: ({ x }: X) => fill(x.shape, 0, x.type),
};
