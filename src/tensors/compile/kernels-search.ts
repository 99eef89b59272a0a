/** Kernels that look for the largest numbers of a row, and look numbers up row by row. */
import type { TopKAttrs } from '@tensorflow/tfjs-core';
import { cast, type Kernels, type X } from './kernel.ts';
import { emit, integers, type Recorded } from './recording.ts';

/** Numbers of the last axis, at places [..., n] that are told for each row by itself. */
export function alongRows(x: Recorded, places: Recorded): Recorded {
  return emit('GatherElements', [x, places], { shape: places.shape, type: x.type }, { axis: { int: -1 } });
}

export const searchKernels: Kernels = {
  /** The values are looked up again at their places: a recorded operator has a single result. */
  TopK: ({ x }: X, { k, sorted }: TopKAttrs) => {
    const shape = [...x.shape.slice(0, -1), k];
    const places = emit(
      'TopK',
      [x, integers([k])],
      { shape, type: 'int64' },
      { axis: { int: -1 }, sorted: { int: sorted ? 1 : 0 } },
    );
    return [alongRows(x, places), cast(places, 'int32')];
  },
};
