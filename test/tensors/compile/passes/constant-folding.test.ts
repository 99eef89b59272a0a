import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { openGraph, traceGraph, type Inputs } from '../../../../src/tensors/compile/compile.ts';
import { inOrder, type Graph } from '../../../../src/tensors/compile/graph.ts';
import { foldConstants } from '../../../../src/tensors/compile/passes/constant-folding.ts';
import { compiledDevice, keepBackend } from '../../../support/devices.ts';

const inputs: Inputs = { x: { type: 'float32', shape: ['rows', 4] } };
const given = { x: { values: Float32Array.from({ length: 8 }, (_, i) => i - 3), shape: [2, 4] } };

function operators({ outputs }: Graph): string[] {
  return inOrder(outputs.values(), ({ inputs }) => inputs).flatMap(({ op }) =>
    ['Input', 'Constant'].includes(op) ? [] : [op],
  );
}

/** Made of no input; whole numbers and halves, that both sides compute to the last bit. */
const known: Readonly<Record<string, () => tf.Tensor>> = {
  'arithmetic, shapes broadcast': () => tf.add(tf.mul(tf.range(0, 4), 0.5), tf.reshape(tf.range(1, 3), [2, 1])),
  'quotients and roots': () => tf.div(tf.sqrt(tf.range(1, 5)), tf.reciprocal(tf.range(1, 5))),
  'whole numbers': () => tf.sub(tf.range(0, 6, 1, 'int32'), tf.scalar(7, 'int32')),
  comparisons: () => tf.logicalOr(tf.greater(tf.range(0, 4), 2), tf.lessEqual(tf.range(0, 4), tf.scalar(0))),
  'least and greatest': () => tf.maximum(tf.minimum(tf.range(0, 5), 3), 1),
  casts: () => tf.cast(tf.sub(tf.range(0, 5), 2.5), 'int32'),
  transpositions: () => tf.transpose(tf.reshape(tf.range(0, 24), [2, 3, 4]), [2, 0, 1]),
  'joined rows': () => tf.concat([tf.reshape(tf.range(0, 6), [2, 3]), tf.zeros([2, 1])], 1),
  'filled tensors': () => tf.fill([2, 3], 7),
};

describe('constant folding', () => {
  keepBackend();
  before(async function () {
    await compiledDevice(this);
  });

  for (const [name, work] of Object.entries(known)) {
    it(`computes ${name} before any input is there, as ONNX Runtime would`, async () => {
      const graph = traceGraph(({ x }) => ({ y: work(), z: tf.exp(x!) }), inputs);
      const folded = foldConstants(graph);
      assert.ok(operators(graph).length > 1);
      assert.deepEqual(operators(folded), ['Exp']);
      const results = [];
      for (const one of [graph, folded]) {
        const compiled = await openGraph(one);
        results.push((await compiled.run(given, ['y']))['y']);
        await compiled.dispose();
      }
      assert.deepEqual(results[1], results[0]);
    });
  }

  it('leaves alone what depends on a size, and what would grow large', () => {
    const graph = traceGraph(
      ({ x }) => ({ sized: tf.range(0, x!.shape[0]), large: tf.fill([1000, 1000], 2), of: tf.exp(x!) }),
      inputs,
    );
    assert.deepEqual(operators(foldConstants(graph)), operators(graph));
  });
});
