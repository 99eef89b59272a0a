import * as tf from '@tensorflow/tfjs-core';

export type Work = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

/** A filter of numbers each of which is another one. It depends on x, so that its gradient is asked for. */
function filter<R extends tf.Rank>(x: tf.Tensor, ...shape: number[]): tf.Tensor<R> {
  const length = shape.reduce((product, size) => product * size, 1);
  const numbers = Float32Array.from({ length }, (_, index) => Math.sin(index));
  return tf.mul(tf.tensor(numbers, shape), tf.tanh(tf.mean(x)));
}

/** Three zeros on both sides of the second axis, so that filters fit the smallest tensor. */
function both(x: tf.Tensor): tf.Tensor3D {
  return tf.pad(x as tf.Tensor3D, [
    [0, 0],
    [3, 3],
    [0, 0],
  ]);
}

/** At least one use of every kernel, by the operation of tfjs that calls it; x is [a, b, 6]. */
export const uses: Readonly<Record<string, Work>> = {
  abs: (x) => tf.abs(x),
  'acos, asin, atan': (x) => [tf.acos(tf.div(x, 2)), tf.asin(tf.div(x, 2)), tf.atan(x)],
  'add, sub, mul, div': (x) => tf.div(tf.mul(tf.add(x, 2), tf.sub(x, 1)), tf.add(tf.abs(x), 1)),
  'acosh, asinh, atanh': (x) => [tf.acosh(tf.add(tf.abs(x), 1.5)), tf.asinh(x), tf.atanh(tf.div(x, 3))],
  addN: (x) => tf.addN([x, x, tf.square(x)]),
  'all, any': (x) => [tf.all(tf.greater(x, -1.5), 1), tf.any(tf.greater(x, 1.5), 1, true)],
  'argMax, argMin': (x) => [tf.argMax(x, 1), tf.argMin(x, 0)],
  'batched look-ups, topk': (x) => {
    const { values, indices } = tf.topk(x, 3);
    return [values, indices, tf.gather(x, indices, 2, 2)];
  },
  cast: (x) => [
    tf.cast(x, 'int32'),
    tf.cast(tf.greater(x, 0), 'int32'),
    tf.cast(x, 'bool'),
    tf.cast(tf.cast(x, 'int32'), 'float32'),
  ],
  'ceil, floor, round': (x) => [tf.ceil(x), tf.floor(x), tf.round(x)],
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.25),
  'concat, stack, unstack': (x) => [tf.concat([x, tf.neg(x)], 2), ...tf.unstack(tf.stack([x, tf.exp(x)], 1), 1)],
  comparisons: (x) => [tf.less(x, 0), tf.lessEqual(x, x), tf.greaterEqual(x, 0.5), tf.equal(x, x), tf.notEqual(x, x)],
  'conv1d, plain, padded, in strides': (x) => [
    tf.conv1d(both(x), filter(x, 3, 6, 2), 1, 'valid'),
    tf.conv1d(both(x), filter(x, 3, 6, 2), 1, 'same'),
    // As Whisper's second convolution: an even number of frames, a zero on both sides.
    tf.conv1d(
      tf.slice(both(tf.concat([x, x], 1)), [0, 2, 0], [-1, 2 * x.shape[1]! + 2, -1]),
      filter(x, 3, 6, 4),
      2,
      'valid',
    ),
  ],
  'conv2d, conv2dTranspose': (x) => {
    const image = tf.reshape<tf.Rank.R4>(both(x), [x.shape[0], x.shape[1]! + 6, 3, 2]);
    return [
      tf.conv2d(image, filter(x, 2, 3, 2, 4), [1, 1], 'same'),
      tf.conv2d(
        image,
        filter(x, 3, 3, 2, 4),
        [1, 2],
        [
          [0, 0],
          [2, 1],
          [1, 1],
          [0, 0],
        ],
      ),
      tf.conv2dTranspose(image, filter(x, 2, 2, 3, 2), [x.shape[0], x.shape[1]! + 7, 4, 3], 1, 'valid'),
    ];
  },
  depthwiseConv2d: (x) => {
    const image = tf.reshape<tf.Rank.R4>(both(x), [x.shape[0], x.shape[1]! + 6, 3, 2]);
    return [
      tf.depthwiseConv2d(image, filter(x, 2, 3, 2, 3), [1, 1], 'same'),
      tf.depthwiseConv2d(image, filter(x, 3, 2, 2, 1), [1, 1], 'valid'),
    ];
  },
  'cos, cosh, sin, sinh, tan, tanh': (x) => [
    tf.cos(x),
    tf.cosh(x),
    tf.sin(x),
    tf.sinh(x),
    tf.tan(tf.div(x, 2)),
    tf.tanh(x),
  ],
  cumsum: (x) => [tf.cumsum(x, 1), tf.cumsum(x, 0, true, true)],
  'cumsum along the last axis': (x) => tf.cumsum(x, 2),
  'elu, selu, relu, relu6, leakyRelu, prelu': (x) => [
    tf.elu(x),
    tf.selu(x),
    tf.relu(x),
    tf.relu6(tf.mul(x, 9)),
    tf.leakyRelu(x, 0.1),
    tf.prelu(x, tf.scalar(0.2)),
  ],
  erf: (x) => tf.erf(x),
  'exp, expm1, log, log1p': (x) => [tf.exp(x), tf.expm1(x), tf.log(tf.abs(x)), tf.log1p(tf.abs(x))],
  expandDims: (x) => [tf.expandDims(x, 1), tf.expandDims(x, -1)],
  'fill, zerosLike, onesLike': (x) => [tf.fill(x.shape, 3), tf.zerosLike(x), tf.onesLike(x)],
  'floorDiv, mod': (x) => {
    const whole = tf.cast(tf.mul(x, 7), 'int32');
    return [
      tf.floorDiv(whole, tf.scalar(3, 'int32')),
      tf.mod(x, tf.scalar(0.75)),
      tf.mod(whole, tf.scalar(3, 'int32')),
    ];
  },
  gather: (x) => [tf.gather(x, tf.tensor1d([5, 0, 3], 'int32'), 2), tf.gather(x, tf.range(0, x.shape[0], 1, 'int32'))],
  'gatherND, scatterND, tensorScatterUpdate': (x) => {
    const places = tf.tensor2d([0, 5, 0, 1, 0, 5], [3, 2], 'int32');
    const byFeature = tf.transpose(x, [1, 2, 0]);
    const rows = tf.gatherND(byFeature, places);
    return [
      rows,
      tf.scatterND(places, rows, byFeature.shape),
      tf.tensorScatterUpdate(byFeature, tf.tensor2d([0, 4, 0, 1], [2, 2], 'int32'), tf.slice(rows, 0, 2)),
    ];
  },
  'isNaN, isFinite, isInf': (x) => {
    const odd = tf.div(tf.log(x), tf.relu(tf.sub(x, 1)));
    return [tf.isNaN(odd), tf.isFinite(odd), tf.isInf(odd)];
  },
  linspace: (x) => tf.mul(x, tf.linspace(-1, 1, 6)),
  logicalAnd: (x) => [
    tf.logicalAnd(tf.greater(x, -1), tf.less(x, 1)),
    tf.logicalOr(tf.less(x, -1), tf.logicalNot(tf.less(x, 1))),
    tf.logicalXor(tf.less(x, -1), tf.less(x, 1)),
  ],
  'logSoftmax, softmax, logSumExp': (x) => [tf.logSoftmax(x), tf.softmax(x), tf.logSumExp(x, -1)],
  matMul: (x) => [
    tf.matMul(x, x, false, true),
    tf.matMul(x, x, true, false),
    tf.matMul(tf.reshape(x, [-1, 6]), tf.ones([6, 2])),
  ],
  prod: (x) => tf.prod(x, 2),
  'max, min, mean, sum': (x) => [tf.max(x, 1), tf.min(x, [0, 2], true), tf.mean(x), tf.sum(x, -1)],
  'maximum, minimum, pow': (x) => [tf.maximum(x, 0.1), tf.minimum(x, tf.square(x)), tf.pow(tf.abs(x), 1.5)],
  mirrorPad: (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [0, 0],
        [2, 5],
      ],
      'reflect',
    ),
  'neg, reciprocal, sign': (x) => [tf.neg(x), tf.reciprocal(x), tf.sign(x)],
  oneHot: (x) => [tf.oneHot(tf.argMax(x, 2), 6), tf.oneHot(tf.argMax(tf.reshape(x, [-1])), 3)],
  pad: (x) => [
    tf.pad(x, [
      [0, 0],
      [1, 2],
      [0, 0],
    ]),
    tf.pad(
      x,
      [
        [1, 0],
        [0, 0],
        [0, 3],
      ],
      -1,
    ),
  ],
  range: (x) => [tf.range(0, x.shape[0] + x.shape[1]!), tf.range(x.shape[0], 2 * x.shape[0], 1, 'int32')],
  reshape: (x) => [
    tf.reshape(x, [-1]),
    tf.reshape(x, [x.shape[0] * x.shape[1]!, 2, 3]),
    tf.reshape(x, [3, -1, x.shape[0]]),
  ],
  reverse: (x) => [tf.reverse(x), tf.reverse(x, [1])],
  'sigmoid, softplus': (x) => [tf.sigmoid(x), tf.softplus(x)],
  slice: (x) => [tf.slice(x, [0, 0, 2], [-1, -1, 3]), tf.slice(x, [x.shape[0] - 1, 0, 0], [1, x.shape[1]!, -1])],
  split: (x) => [...tf.split(x, 3, 2), ...tf.split(x, [1, 5], 2)],
  'sqrt, rsqrt, square, squaredDifference': (x) => [
    tf.sqrt(tf.abs(x)),
    tf.rsqrt(tf.abs(x)),
    tf.square(x),
    tf.squaredDifference(x, tf.exp(x)),
  ],
  step: (x) => tf.step(x, 0.5),
  stridedSlice: (x) => [
    tf.stridedSlice(x, [0, 0, 1], [1, 1, 6], [1, 1, 2]),
    tf.stridedSlice(x, [0, 0, 5], [1, 1, -7], [1, 1, -2], 0, 3),
    tf.stridedSlice(x, [0, 0, 3], [1, 1, 4], [1, 1, 1], 0, 3, 0, 0, 4),
  ],
  tile: (x) => tf.tile(x, [2, 1, 3]),
  transpose: (x) => tf.transpose(x, [2, 0, 1]),
  unsortedSegmentSum: (x) =>
    tf.unsortedSegmentSum(tf.transpose(x, [2, 0, 1]), tf.tensor1d([0, 2, 1, 2, 0, 2], 'int32'), 4),
  'where, by a mask': (x) => tf.where(tf.greater(tf.range(0, 6), 2), x, tf.neg(x)),
  where: (x) => [
    tf.where(tf.greater(x, 0), x, tf.zerosLike(x)),
    tf.where(tf.greater(tf.sum(x, [1, 2], true), 0), x, tf.neg(x)),
    tf.where(tf.greater(x, 0), tf.less(x, 1), tf.less(x, -1)),
  ],
};
