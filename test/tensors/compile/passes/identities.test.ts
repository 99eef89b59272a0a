import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { traceGraph, type Inputs } from '../../../../src/tensors/compile/compile.ts';
import { inOrder, type Graph } from '../../../../src/tensors/compile/graph.ts';
import { dropIdentities } from '../../../../src/tensors/compile/passes/identities.ts';
import { compiledDevice, keepBackend } from '../../../support/devices.ts';

const inputs: Inputs = { x: { type: 'float32', shape: ['rows', 4] } };

function operators({ outputs }: Graph): string[] {
  return inOrder(outputs.values(), ({ inputs }) => inputs).flatMap(({ op }) =>
    ['Input', 'Constant'].includes(op) ? [] : [op],
  );
}

const after = (work: (x: tf.Tensor) => tf.Tensor): string[] =>
  operators(dropIdentities(traceGraph(({ x }) => ({ y: work(x!) }), inputs)));

describe('identities', () => {
  keepBackend();
  before(async function () {
    await compiledDevice(this);
  });

  const nothing: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
    'a zero added': (x) => tf.add(tf.add(0, x), tf.zerosLike(x)),
    'a one multiplied': (x) => tf.div(tf.mul(tf.mul(tf.ones([4]), x), tf.ones(x.shape)), 1),
    'a cast to its own type': (x) => tf.cast(x, 'float32'),
    'a reshape to its own shape': (x) => tf.reshape(x, [x.shape[0], 4]),
    'two transpositions that cancel out': (x) => tf.transpose(tf.transpose(x)),
  };
  for (const [name, work] of Object.entries(nothing)) {
    it(`are dropped: ${name}`, () => assert.deepEqual(after(work), []));
  }

  it('are not what makes a shape larger, stands on the other side, or is another number', () => {
    assert.deepEqual(
      after((x) => tf.add(x, tf.zeros([3, 1, 4]))),
      ['Add'],
    );
    assert.deepEqual(
      after((x) => tf.sub(0, x)),
      ['Sub'],
    );
    assert.deepEqual(
      after((x) => tf.mul(x, tf.tensor1d([1, 1, 1, 2]))),
      ['Mul'],
    );
    assert.deepEqual(
      after((x) => tf.transpose(tf.reshape(x, [-1, 2, 2]), [0, 2, 1])),
      ['Reshape', 'Transpose'],
    );
  });
});
