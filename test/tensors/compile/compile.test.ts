import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { loadDevice } from '../../../src/tensors/backend.ts';
import { compile, type Inputs, type Traceable } from '../../../src/tensors/compile/compile.ts';
import { compiledDevice, keepBackend } from '../../support/devices.ts';
import { randomNumbers } from '../../support/tiny-model.ts';
import { programs, run, type Program } from './random-programs.ts';

const sizes = [
  { a: 2, b: 3 },
  { a: 1, b: 1 },
  { a: 5, b: 4 },
];

/** What the function gives on tfjs's cpu backend, and compiled, is the same at every size. */
async function agrees(fn: Traceable, inputs: Inputs, tolerance = 1e-5): Promise<void> {
  const compiled = await compile(fn, inputs);
  try {
    for (const size of sizes) {
      const next = randomNumbers(size.a + 10 * size.b);
      const given = Object.entries(inputs).map(([name, { type, shape }]) => {
        const numbers = shape.map((axis) => (typeof axis === 'number' ? axis : size[axis as 'a' | 'b']));
        const length = numbers.reduce((product, n) => product * n, 1);
        const values =
          type === 'float32'
            ? Float32Array.from({ length }, () => 2 * next())
            : Int32Array.from({ length }, (_, i) => i % 2);
        return { name, type, values, shape: numbers };
      });
      const ours = await compiled.run(
        Object.fromEntries(given.map(({ name, values, shape }) => [name, { values, shape }])),
      );
      tf.tidy(() => {
        const tensors = given.map(({ name, type, values, shape }) => [name, tf.tensor(values, shape, type)] as const);
        for (const [name, expected] of Object.entries(fn(Object.fromEntries(tensors)))) {
          assert.deepEqual(ours[name]?.shape, expected.shape, name);
          closeTo(ours[name].values, expected.dataSync(), tolerance, `${name} at ${JSON.stringify(size)}`);
        }
      });
    }
  } finally {
    await compiled.dispose();
  }
}

function closeTo(ours: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  for (let i = 0; i < expected.length; i++) {
    const [one, other] = [Number(ours[i]), expected[i]!];
    const near = Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other));
    assert.ok(
      near || Object.is(one, other) || (Number.isNaN(one) && Number.isNaN(other)),
      `${what}: ${one}, not ${other}`,
    );
  }
}

const matrix: Inputs = { x: { type: 'float32', shape: ['a', 'b'] } };
const cube: Inputs = { x: { type: 'float32', shape: ['a', 'b', 6] } };
type Work = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

const ofX =
  (work: Work): Traceable =>
  ({ x }) => {
    const made = work(x as tf.Tensor);
    return Object.fromEntries((Array.isArray(made) ? made : [made]).map((tensor, index) => [`y${index}`, tensor]));
  };

/** At least one use of every kernel, by the operation of tfjs that calls it. */
const uses: Readonly<Record<string, Work>> = {
  abs: (x) => tf.abs(x),
  'acos, asin, atan': (x) => [tf.acos(tf.div(x, 2)), tf.asin(tf.div(x, 2)), tf.atan(x)],
  'add, sub, mul, div': (x) => tf.div(tf.mul(tf.add(x, 2), tf.sub(x, 1)), tf.add(tf.abs(x), 1)),
  addN: (x) => tf.addN([x, x, tf.square(x)]),
  'all, any': (x) => [tf.all(tf.greater(x, -1.5), 1), tf.any(tf.greater(x, 1.5), 1, true)],
  'argMax, argMin': (x) => [tf.argMax(x, 1), tf.argMin(x, 0)],
  broadcastTo: (x) => tf.broadcastTo(tf.sum(x, 0, true), x.shape),
  cast: (x) => [tf.cast(x, 'int32'), tf.cast(tf.greater(x, 0), 'float32')],
  'ceil, floor, round': (x) => [tf.ceil(x), tf.floor(x), tf.round(x)],
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.25),
  'concat, stack, unstack': (x) => [tf.concat([x, tf.neg(x)], 2), ...tf.unstack(tf.stack([x, tf.exp(x)], 1), 1)],
  comparisons: (x) => [tf.less(x, 0), tf.lessEqual(x, x), tf.greaterEqual(x, 0.5), tf.equal(x, x), tf.notEqual(x, x)],
  'cos, cosh, sin, sinh, tan, tanh': (x) => [
    tf.cos(x),
    tf.cosh(x),
    tf.sin(x),
    tf.sinh(x),
    tf.tan(tf.div(x, 2)),
    tf.tanh(x),
  ],
  cumsum: (x) => [tf.cumsum(x, 1), tf.cumsum(x, 0, true, true)],
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
  isNaN: (x) => tf.isNaN(tf.log(x)),
  logicalAnd: (x) => [
    tf.logicalAnd(tf.greater(x, -1), tf.less(x, 1)),
    tf.logicalOr(tf.less(x, -1), tf.logicalNot(tf.less(x, 1))),
  ],
  'logSoftmax, softmax, logSumExp': (x) => [tf.logSoftmax(x), tf.softmax(x), tf.logSumExp(x, -1)],
  matMul: (x) => [
    tf.matMul(x, x, false, true),
    tf.matMul(x, x, true, false),
    tf.matMul(tf.reshape(x, [-1, 6]), tf.ones([6, 2])),
  ],
  'max, min, mean, sum, prod': (x) => [tf.max(x, 1), tf.min(x, [0, 2], true), tf.mean(x), tf.sum(x, -1), tf.prod(x, 2)],
  'maximum, minimum, pow': (x) => [tf.maximum(x, 0.1), tf.minimum(x, tf.square(x)), tf.pow(tf.abs(x), 1.5)],
  'neg, reciprocal, sign': (x) => [tf.neg(x), tf.reciprocal(x), tf.sign(x)],
  oneHot: (x) => tf.oneHot(tf.argMax(x, 2), 6),
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
  split: (x) => [...tf.split(x, 3, 2), ...tf.split(x, [1, 5], -1)],
  'sqrt, rsqrt, square, squaredDifference': (x) => [
    tf.sqrt(tf.abs(x)),
    tf.rsqrt(tf.abs(x)),
    tf.square(x),
    tf.squaredDifference(x, tf.sum(x, 0)),
  ],
  step: (x) => tf.step(x, 0.5),
  tile: (x) => tf.tile(x, [2, 1, 3]),
  transpose: (x) => tf.transpose(x, [2, 0, 1]),
  unsortedSegmentSum: (x) =>
    tf.unsortedSegmentSum(tf.transpose(x, [2, 0, 1]), tf.tensor1d([0, 2, 1, 2, 0, 2], 'int32'), 4),
  where: (x) => tf.where(tf.greater(x, 0), x, tf.zerosLike(x)),
};

describe('compiled functions', function () {
  this.timeout(60_000);
  keepBackend();
  before(async function () {
    await compiledDevice(this);
    await loadDevice('tfjs-cpu');
  });

  for (const [name, work] of Object.entries(uses)) {
    it(`compute ${name} as tfjs does, at every size`, () => agrees(ofX(work), cube));
  }

  it('convolve as tfjs does, padded or not, in strides', () =>
    agrees(({ x }) => {
      const filter = tf.tensor3d(
        Float32Array.from({ length: 3 * 6 * 2 }, (_, i) => Math.sin(i)),
        [3, 6, 2],
      );
      const padded = tf.pad(x as tf.Tensor3D, [
        [0, 0],
        [3, 3],
        [0, 0],
      ]);
      return { plain: tf.conv1d(padded, filter, 1, 'valid'), same: tf.conv1d(padded, filter, 1, 'same') };
    }, cube));

  it('compute random programs as tfjs does, at every size', () =>
    fc.assert(
      fc.asyncProperty(programs, async (program: Program) => {
        await agrees(({ x }) => ({ y: run(program, x as tf.Tensor) }), matrix, 1e-4);
      }),
      { numRuns: Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 40) },
    ));

  it('take several inputs, whole numbers among them, and give one value twice', () =>
    agrees(
      ({ x, ids, table }) => {
        const found = tf.gather(table!, ids as tf.Tensor1D);
        return { found, again: found, same: x!, sum: tf.add(tf.sum(x!), tf.sum(found)) };
      },
      {
        x: { type: 'float32', shape: ['a', 'b'] },
        ids: { type: 'int32', shape: ['b'] },
        table: { type: 'float32', shape: [2, 3] },
      },
    ));

  it('leave no tensor and the backend as it was', async () => {
    const [born, backend] = [tf.memory().numTensors, tf.getBackend()];
    const compiled = await compile(
      ofX((x) => tf.exp(x)),
      matrix,
    );
    await compiled.dispose();
    assert.equal(tf.memory().numTensors, born);
    assert.equal(tf.getBackend(), backend);
  });

  it('are refused with the name of a kernel that is not known', async () => {
    await assert.rejects(
      compile(({ x }) => ({ y: tf.erf(tf.fft(tf.complex(x!, x!))) }), matrix),
      /'(Complex|FFT)'.*'recording'/,
    );
  });

  it('are refused when an output has the name of an input', async () => {
    await assert.rejects(
      compile(({ x }) => ({ x: tf.exp(x!) }), matrix),
      /x is an input and an output/,
    );
  });

  it('are refused when they read a value, or do something else at another size', async () => {
    const refused = (work: Work, message: RegExp) => assert.rejects(compile(ofX(work), matrix), message);
    await refused((x) => tf.mul(x, x.dataSync()[0]!), /reads a value/);
    await refused(
      (x) => (x.shape[0] > 3 ? tf.exp(x) : tf.log(x)),
      /asks for Log .* at one size and for Exp .* at another/,
    );
    await refused((x) => tf.slice(x, [Math.floor(x.shape[0] / 2), 0], [1, -1]), /no sum of products/);
    await refused(
      (x) => tf.add(x, tf.tensor1d(Array.from({ length: x.shape[1]! }, (_, i) => i))),
      /depend on the sizes/,
    );
  });
});
