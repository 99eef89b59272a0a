/** Kernels that put rows where numbers say, and the look-up that is their gradient. */
import { cast, reshape, type Kernels } from './kernel.ts';
import { constantNumbers, emit, integers, type Recorded } from './recording.ts';

type Shape = readonly number[];

function zeros(shape: Shape, type: Recorded['type']): Recorded {
  const zero = constantNumbers(type === 'float32' ? Float32Array.of(0) : Int32Array.of(0), [], type);
  return emit('Expand', [zero, integers(shape)], { shape, type });
}

/**
 * `into` [places, ...] with the rows of x [n, ...] added at `places` [n], or put there: the last one of several stays.
 * Not ScatterND: ONNX Runtime computes it on several threads, and of rows added at one place some are lost.
 */
function scatter(into: Recorded, places: Recorded, x: Recorded, reduction: 'add' | 'none'): Recorded {
  const column = reshape(places, [x.shape[0] as number, ...x.shape.slice(1).map(() => 1)]);
  const each = emit('Expand', [column, integers(x.shape)], { shape: x.shape, type: places.type });
  return emit('ScatterElements', [into, each, x], into, { axis: { int: 0 }, reduction: { text: reduction } });
}

/** Rows counted through: `indices` [..., depth] into the first axes of `shape`, [n]. */
function flatPlaces(indices: Recorded, shape: Shape): { places: Recorded; count: number; all: number } {
  const depth = indices.shape.at(-1) as number;
  const count = indices.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const product = (from: number) => shape.slice(from, depth).reduce((all, size) => all * size, 1);
  const steps = Array.from({ length: depth }, (_, axis) => product(axis + 1));
  const parts = emit('Mul', [reshape(indices, [count, depth]), { integers: steps, type: 'int32', scalar: false }], {
    shape: [count, depth],
    type: 'int32',
  });
  const places = emit('ReduceSum', [parts, integers([1])], { shape: [count], type: 'int32' }, { keepdims: { int: 0 } });
  return { places, count, all: product(0) };
}

interface Scattered {
  readonly indices: Recorded;
  readonly updates: Recorded;
}

export const scatterKernels: Kernels = {
  GatherNd: ({ params, indices }: { params: Recorded; indices: Recorded }) => {
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1))];
    return emit('GatherND', [params, cast(indices, 'int64')], { shape, type: params.type });
  },
  ScatterNd: ({ indices, updates }: Scattered, { shape }: { shape: number[] }) => {
    const { places, count, all } = flatPlaces(indices, shape);
    const row = shape.slice(indices.shape.at(-1));
    const into = zeros([all, ...row], updates.type);
    return reshape(scatter(into, places, reshape(updates, [count, ...row]), 'add'), shape);
  },
  TensorScatterUpdate: ({ tensor, indices, updates }: Scattered & { tensor: Recorded }) => {
    const { places, count, all } = flatPlaces(indices, tensor.shape);
    const row = tensor.shape.slice(indices.shape.at(-1));
    const into = reshape(tensor, [all, ...row]);
    return reshape(scatter(into, places, reshape(updates, [count, ...row]), 'none'), tensor.shape);
  },
  UnsortedSegmentSum: (
    { x, segmentIds }: { x: Recorded; segmentIds: Recorded },
    { numSegments }: { numSegments: number },
  ) => scatter(zeros([numSegments, ...x.shape.slice(1)], x.type), segmentIds, x, 'add'),
};
