import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { openGraph, traceGraph, type Inputs, type NumberArray } from '../../../src/tensors/compile/compile.ts';
import { inOrder, type Graph } from '../../../src/tensors/compile/graph.ts';
import { recordingBackend } from '../../../src/tensors/compile/kernels.ts';
import { improve, passes, type PassName } from '../../../src/tensors/compile/passes/passes.ts';
import { encode } from '../../../src/whisper/encoder.ts';
import {
  attention,
  gelu,
  keysAndValues,
  layerNorm,
  linear,
  mergeHeads,
  queries,
  type Weights,
} from '../../../src/whisper/layers.ts';
import { weightShapes } from '../../../src/whisper/dimensions.ts';
import { loadWeights } from '../../../src/whisper/weights.ts';
import { compiledDevice, keepBackend } from '../../support/devices.ts';
import { randomNumbers, tinyDimensions, tinyWeights } from '../../support/tiny-model.ts';

const next = randomNumbers(5);
const floats = (length: number, size = 1) => Float32Array.from({ length }, () => size * next());

/** How many of each operator a graph holds. */
function operators(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of inOrder(graph.outputs.values(), ({ inputs }) => inputs))
    counts.set(op, (counts.get(op) ?? 0) + 1);
  return counts;
}

async function compute(graph: Graph, inputs: Record<string, NumberArray>): Promise<Record<string, NumberArray>> {
  const compiled = await openGraph(graph);
  const made = await compiled.run(inputs);
  await compiled.dispose();
  return made;
}

function assertClose(ours: NumberArray, expected: NumberArray, tolerance: number): void {
  assert.deepEqual(ours.shape, expected.shape);
  let worst = 0;
  ours.values.forEach((value: number, i: number) => (worst = Math.max(worst, Math.abs(value - expected.values[i]!))));
  assert.ok(worst <= tolerance, `differs by ${worst}`);
}

describe('passes over a graph', () => {
  keepBackend();
  before(async function () {
    await compiledDevice(this);
  });
  const width = 8;
  const inputs: Inputs = { x: { type: 'float32', shape: ['rows', 'n', width] } };
  const x = { values: floats(2 * 3 * width, 2), shape: [2, 3, width] };
  const layer = (): Weights =>
    recordingBackend().within(
      () =>
        new Map(
          ['q_proj', 'k_proj', 'v_proj', 'norm'].flatMap((name) => [
            [
              `${name}.weight`,
              tf.tensor(floats(name === 'norm' ? width : width * width), name === 'norm' ? [width] : [width, width]),
            ],
            [`${name}.bias`, tf.tensor1d(floats(width))],
          ]),
        ),
    );
  const named = (weights: Weights): Weights => new Map([...weights].map(([name, tensor]) => [`a.${name}`, tensor]));

  /** A pass turns `from` into `to` and changes nothing that is computed. */
  const proves = async (
    pass: PassName,
    fn: (x: tf.Tensor3D, weights: Weights) => tf.Tensor,
    to: string,
    gone: readonly string[],
  ) => {
    const weights = layer();
    const both = new Map([...weights, ...named(weights)]);
    const graph = traceGraph(({ x }) => ({ y: fn(x as tf.Tensor3D, both) }), inputs);
    const improved = passes[pass](graph);
    assert.equal(operators(improved).get(to), 1, [...operators(improved)].join(' '));
    for (const op of gone) assert.equal(operators(improved).get(op), undefined, op);
    const [plain, ours] = [await compute(graph, { x }), await compute(improved, { x })];
    assertClose(ours['y']!, plain['y']!, 1e-5);
  };

  it('make layer norm one operator', () =>
    proves('fuseLayerNorm', (x, weights) => layerNorm(x, weights, 'norm'), 'LayerNormalization', [
      'ReduceMean',
      'Sqrt',
    ]));

  it('make GELU one operator', () => proves('fuseGelu', (x) => gelu(x), 'Gelu', ['Erf', 'Add']));

  it('make attention over heads one operator', () =>
    proves(
      'fuseAttention',
      (x, weights) => mergeHeads(attention(queries(x, weights, 'a', 2), keysAndValues(x, weights, 'a', 2))),
      'MultiHeadAttention',
      ['Softmax', 'Transpose'],
    ));

  it('compute once what is computed twice', () =>
    proves('shareCommon', (x) => tf.add(tf.exp(tf.mul(x, 3)), tf.exp(tf.mul(x, 3))), 'Exp', []));

  it('leave alone what only looks alike', async () => {
    const fn = (x: tf.Tensor3D, weights: Weights): tf.Tensor[] => [
      // The variance of something else, the mean over another axis, GELU with another number.
      tf.add(
        tf.mul(
          tf.mul(tf.sub(x, tf.mean(x, -1, true)), tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))),
          weights.get('norm.weight')!,
        ),
        weights.get('norm.bias')!,
      ),
      tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, 0.7)), 1)),
      tf.mul(tf.mul(x, 0.25), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    ];
    const weights = layer();
    const graph = traceGraph(
      ({ x }) => Object.fromEntries(fn(x as tf.Tensor3D, weights).map((y, i) => [`y${i}`, y])),
      inputs,
    );
    const improved = improve(graph);
    for (const op of ['LayerNormalization', 'Gelu']) assert.equal(operators(improved).get(op), undefined);
    const [plain, ours] = [await compute(graph, { x }), await compute(improved, { x })];
    for (const name of Object.keys(plain)) assertClose(ours[name]!, plain[name]!, 1e-5);
  });

  it('multiply by 8-bit weights in whole numbers, without a float copy, near the float product', async () => {
    const scales = Float32Array.from({ length: width }, (_, i) => 0.01 + 0.001 * i);
    const numbers = Int8Array.from({ length: width * width }, (_, i) => ((i * 71) % 255) - 127);
    const weights: Weights = recordingBackend().within(
      () =>
        new Map<string, tf.Tensor>([
          ['a.weight', recordingBackend().quantised(numbers, scales, [width, width])],
          ['a.bias', tf.tensor1d(floats(width))],
        ]),
    );
    const fn = ({ x, ids }: Readonly<Record<string, tf.Tensor>>) => ({
      y: linear(x as tf.Tensor3D, weights, 'a'),
      found: tf.gather(weights.get('a.weight')!, ids as tf.Tensor1D, 1),
    });
    const graph = traceGraph(fn, { ...inputs, ids: { type: 'int32', shape: ['ids'] } });
    const improved = improve(graph);
    const counts = operators(improved);
    assert.equal(counts.get('DynamicQuantizeMatMul'), 1);
    assert.equal(counts.get('MatMul'), undefined);
    const lookup = inOrder(improved.outputs.values(), ({ inputs }) => inputs).find(
      ({ op }) => op === 'DequantizeLinear',
    );
    assert.equal(lookup?.inputs[0]?.op, 'Gather');
    const given = { x, ids: { values: Int32Array.of(3, 0), shape: [2] } };
    const [plain, ours] = [await compute(graph, given), await compute(improved, given)];
    assertClose(ours['found']!, plain['found']!, 0);
    // x spans 4 in 255 steps, and a product sums eight of them by weights up to 2.2.
    assertClose(ours['y']!, plain['y']!, (8 * 2.2 * 4) / 255 / 2);
  });

  it('keep what Whisper’s encoder computes, whichever is left out', async () => {
    const stored = tinyWeights();
    const source = {
      path: 'random weights',
      shapes: weightShapes(tinyDimensions),
      read: (name: string) => Promise.resolve(stored.get(name)!),
      close: () => Promise.resolve(),
    };
    const weights = await loadWeights(source, tinyDimensions);
    const graph = traceGraph(({ x }) => ({ y: encode(x as tf.Tensor3D, weights, tinyDimensions) }), {
      x: { type: 'float32', shape: ['rows', tinyDimensions.bands, { times: 2, name: 'positions' }] },
    });
    const given = { x: { values: floats(2 * tinyDimensions.bands * 18), shape: [2, tinyDimensions.bands, 18] } };
    const plain = (await compute(graph, given))['y']!;
    const names = Object.keys(passes) as PassName[];
    for (const without of [[], ...names.map((name) => [name])]) {
      assertClose((await compute(improve(graph, without), given))['y']!, plain, 1e-4);
    }
    const counts = operators(improve(graph));
    const { encoderLayers: layers } = tinyDimensions;
    assert.deepEqual(
      ['LayerNormalization', 'Gelu', 'MultiHeadAttention', 'Softmax'].map((op) => counts.get(op)),
      [2 * layers + 1, layers + 2, layers, undefined],
    );
    tf.dispose([...weights.values()]);
  });
});
