import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { recordingBackend } from '../../src/tensors/compile/kernels.ts';
import { weightShapes } from '../../src/whisper/dimensions.ts';
import { loadWeights, type ComputePrecision } from '../../src/whisper/weights.ts';
import { keepBackend } from '../support/devices.ts';
import { tinyDimensions, tinyWeights } from '../support/tiny-model.ts';

describe('weights', () => {
  keepBackend();
  before(() => recordingBackend().use());

  /** What makes the tensor of each weight in the graph: `Constant` holds floats, `DequantizeLinear` 8 bits. */
  async function madeBy(precision: ComputePrecision): Promise<Map<string, string>> {
    const stored = tinyWeights();
    const source = {
      path: 'random weights',
      shapes: weightShapes(tinyDimensions),
      read: (name: string) => Promise.resolve(stored.get(name)!),
      close: () => Promise.resolve(),
    };
    const weights = await loadWeights(source, tinyDimensions, { precision });
    const made = new Map([...weights].map(([name, tensor]) => [name, recordingBackend().recorded(tensor).op]));
    tf.dispose([...weights.values()]);
    return made;
  }

  const shapes = weightShapes(tinyDimensions);
  const isMatrix = (name: string) => shapes.get(name)!.length === 2 && !name.endsWith('embed_positions.weight');

  it('are floats unless something else is asked for', async () => {
    for (const [name, op] of await madeBy('f32')) assert.equal(op, 'Constant', name);
  });

  it('in int8 hold every matrix in 8 bits, and vectors, positions and convolutions in floats', async () => {
    for (const [name, op] of await madeBy('int8')) {
      assert.equal(op, isMatrix(name) ? 'DequantizeLinear' : 'Constant', name);
    }
  });

  it('in int4 hold the decoder’s layers in 4 bits where rows are whole blocks, other matrices in 8', async () => {
    for (const [name, op] of await madeBy('int4')) {
      // Of the tiny network's matrices only fc2 has rows of 64; the others have 16.
      const four = /^model\.decoder\.layers\.\d\.fc2\.weight$/.test(name);
      assert.equal(op, four ? 'Transpose' : isMatrix(name) ? 'DequantizeLinear' : 'Constant', name);
    }
  });
});
