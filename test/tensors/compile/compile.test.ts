import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import fc from 'fast-check';
import { loadDevice } from '../../../src/tensors/backend.ts';
import { compile, type Inputs, type Traceable } from '../../../src/tensors/compile/compile.ts';
import { compiledDevice, keepBackend } from '../../support/devices.ts';
import { agrees, gradientOf } from './agree.ts';
import { programs, run, smooth, type Program } from './random-programs.ts';

const matrix: Inputs = { x: { type: 'float32', shape: ['a', 'b'] } };
type Work = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

const ofX =
  (work: Work): Traceable =>
  ({ x }) => {
    const made = work(x as tf.Tensor);
    return Object.fromEntries((Array.isArray(made) ? made : [made]).map((tensor, index) => [`y${index}`, tensor]));
  };

const numRuns = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 40);

describe('compiled functions', function () {
  this.timeout(60_000 + 500 * numRuns);
  keepBackend();
  before(async function () {
    await compiledDevice(this);
    await loadDevice('tfjs-cpu');
  });

  it('compute random programs as tfjs does, at every size', () =>
    fc.assert(
      fc.asyncProperty(programs, (program: Program) =>
        agrees(({ x }) => ({ y: run(program, x as tf.Tensor) }), matrix, 1e-5),
      ),
      { numRuns },
    ));

  it('compute gradients of random programs as tfjs does, at every size', () =>
    fc.assert(
      fc.asyncProperty(programs, (program: Program) =>
        agrees(
          gradientOf(({ x }) => ({ y: tf.add(run(program, x as tf.Tensor, smooth), 0) })),
          matrix,
          1e-5,
        ),
      ),
      { numRuns },
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

  const refused = (work: Work, message: RegExp) => assert.rejects(compile(ofX(work), matrix), message);

  it('are refused with the function of tfjs whose kernel is not known, and what to use instead', async () => {
    await refused(
      (x) => tf.erf(tf.complex(x, x)),
      /^Error: tf\.complex asks for the kernel Complex, .* two tensors\.$/,
    );
    await refused(
      (x) => tf.abs(tf.signal.stft(tf.reshape(x, [-1]), 4, 2)),
      /^Error: tf\.stft, through tf\.\w+, asks for the kernel \w+, which cannot be compiled/,
    );
    const image = (x: tf.Tensor) => tf.reshape<tf.Rank.R4>(x, [1, x.shape[0], x.shape[1]!, 1]);
    await refused((x) => tf.maxPool(image(x), 1, 1, 'valid'), /add the kernel/);
  });

  it('are refused where a shape depends on numbers', async () => {
    await refused((x) => tf.unique(tf.reshape(x, [-1])).values, /tf\.unique .* depends on the numbers.* use a mask/);
    await refused((x) => tf.zeros([x.dataSync()[0]!]), /reads a value/);
  });

  it('are refused where they use a tensor of another backend', async () => {
    await loadDevice('tfjs-cpu');
    const other = tf.ones([3]);
    await refused((x) => tf.mul(tf.sum(x), other), /another backend, float32 \[3\].* pass it in/);
    other.dispose();
  });

  it('are refused where random numbers become constants', async () => {
    await refused((x) => tf.dropout(x, 0.5), /change from call to call.* pass them in/);
    await refused((x) => tf.add(tf.sum(x), tf.randomNormal([4])), /change from call to call.* pass them in/);
  });

  it('write outputs into arrays that are given, and fetch no others', async () => {
    const compiled = await compile(({ x }) => ({ twice: tf.add(x!, x!), negative: tf.neg(x!) }), matrix);
    const x = { values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
    const twice = { values: new Float32Array(6), shape: [2, 3] };
    const made = await compiled.run({ x }, { twice });
    assert.deepEqual([...twice.values], [2, 4, 6, 8, 10, 12]);
    assert.deepEqual(Object.keys(made), ['twice']);
    await assert.rejects(compiled.run({ x }, { twice: { values: new Float32Array(4), shape: [2, 2] } }));
    await compiled.dispose();
  });

  it('compute with noise that is passed in', () =>
    agrees(({ x, noise }) => ({ y: tf.mul(x!, tf.cast(tf.greater(noise!, 0.5), 'float32')) }), {
      ...matrix,
      noise: { type: 'float32', shape: ['a', 'b'] },
    }));

  it('make numbers out of sizes where a function counts', () =>
    agrees(({ x }) => {
      const [a, b] = x!.shape as [number, number];
      return {
        mean: tf.div(tf.sum(x!), a * b),
        ones: tf.ones([a, 2 * b + 1]),
        truths: tf.fill([b], 1, 'bool'),
        vector: tf.tensor1d([a, 7, a + 2 * b]),
        whole: tf.scalar(a - b, 'int32'),
      };
    }, matrix));

  it('are refused when an output has the name of an input', async () => {
    await assert.rejects(
      compile(({ x }) => ({ x: tf.exp(x!) }), matrix),
      /x is an input and an output/,
    );
  });

  it('are refused when they read a value, or do something else at another size', async () => {
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
