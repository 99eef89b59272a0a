import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { openGraph, traceGraph, type Inputs, type NumberArray } from '../../../src/tensors/compile/compile.ts';
import { inOrder, type Graph } from '../../../src/tensors/compile/graph.ts';
import { recordingBackend } from '../../../src/tensors/compile/kernels.ts';
import { improve, passes, type PassName } from '../../../src/tensors/compile/passes/passes.ts';
import { encode } from '../../../src/whisper/encoder.ts';
import { attention, gelu, keysAndValues, layerNorm, linear, mergeHeads, queries } from '../../../src/whisper/layers.ts';
import { weightShapes } from '../../../src/whisper/dimensions.ts';
import { int4Tensor, quantiseTo4Bits } from '../../../src/whisper/int4.ts';
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

type NamedWeights = ReadonlyMap<string, tf.Tensor>;

describe('passes over a graph', () => {
  keepBackend();
  before(async function () {
    await compiledDevice(this);
  });
  const width = 8;
  const inputs: Inputs = { x: { type: 'float32', shape: ['rows', 'n', width] } };
  const x = { values: floats(2 * 3 * width, 2), shape: [2, 3, width] };
  const layer = (): NamedWeights =>
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
  const named = (weights: NamedWeights): NamedWeights =>
    new Map([...weights].map(([name, tensor]) => [`a.${name}`, tensor]));

  /** A pass turns `from` into `to` and changes nothing that is computed. */
  const proves = async (
    pass: PassName,
    fn: (x: tf.Tensor3D, weights: NamedWeights) => tf.Tensor,
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

  it('make the logarithm of a softmax one operator, along the last axis alone', async () => {
    await proves('fuseLogSoftmax', (x) => tf.logSoftmax(x), 'LogSoftmax', ['ReduceSum', 'Exp']);
    const along = traceGraph(({ x }) => ({ y: tf.logSumExp(x as tf.Tensor3D, 1) }), inputs);
    assert.equal(operators(passes.fuseLogSoftmax(along)).get('LogSoftmax'), undefined);
  });

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
    const fn = (x: tf.Tensor3D, weights: NamedWeights): tf.Tensor[] => [
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
      // The sum of other powers, and over another axis.
      tf.sub(tf.sub(x, tf.max(x, -1, true)), tf.log(tf.sum(tf.exp(x), -1, true))),
      tf.sub(tf.sub(x, tf.max(x, 1, true)), tf.log(tf.sum(tf.exp(tf.sub(x, tf.max(x, 1, true))), 1, true))),
    ];
    const weights = layer();
    const graph = traceGraph(
      ({ x }) => Object.fromEntries(fn(x as tf.Tensor3D, weights).map((y, i) => [`y${i}`, y])),
      inputs,
    );
    const improved = improve(graph);
    for (const op of ['LayerNormalization', 'Gelu', 'LogSoftmax']) assert.equal(operators(improved).get(op), undefined);
    const [plain, ours] = [await compute(graph, { x }), await compute(improved, { x })];
    for (const name of Object.keys(plain)) assertClose(ours[name]!, plain[name]!, 1e-5);
  });

  it('take a number by which queries are multiplied into attention', async () => {
    const weights = new Map([...layer()].map(([name, tensor]) => [`a.${name}`, tensor]));
    const graph = traceGraph(({ x }) => {
      const asking = queries(x as tf.Tensor3D, weights, 'a', 2);
      return { y: mergeHeads(attention(asking, keysAndValues(x as tf.Tensor3D, weights, 'a', 2))) };
    }, inputs);
    const improved = passes.fuseAttention(graph);
    assert.equal(operators(improved).get('Mul'), undefined);
    assertClose((await compute(improved, { x }))['y']!, (await compute(graph, { x }))['y']!, 1e-5);
  });

  describe('over products by 8-bit weights', () => {
    const [into, out] = [64, 24];
    const weightNumbers = Int8Array.from({ length: into * out }, (_, i) => ((i * 71) % 255) - 127);
    const weightScales = Float32Array.from({ length: out }, (_, i) => 0.01 + 0.001 * i);
    const quantised = (names: readonly string[]): NamedWeights =>
      recordingBackend().within(
        () =>
          new Map<string, tf.Tensor>(
            names.flatMap((name) => [
              [`${name}.weight`, recordingBackend().quantised(weightNumbers.slice(), weightScales, [into, out])],
              [`${name}.bias`, tf.tensor1d(floats(out))],
            ]),
          ),
      );
    const wide: Inputs = { x: { type: 'float32', shape: ['rows', 'n', into] } };
    /** Rows of whole numbers from -127 to 127, 127 among them, each times another scale: 8 bits hold them exactly. */
    const exact = (rows: number): NumberArray => ({
      values: Float32Array.from({ length: rows * into }, (_, i) =>
        i % into === 0 ? 127 * 3 ** Math.floor(i / into) : 3 ** Math.floor(i / into) * Math.round(127 * next()),
      ),
      shape: [1, rows, into],
    });
    const one = quantised(['a']);
    // Beside float weights of the same values: ONNX Runtime quantises x of its own accord where it finds 8-bit weights.
    const inFloats: NamedWeights = recordingBackend().within(
      () =>
        new Map([
          [
            'a.weight',
            tf.tensor(
              Float32Array.from(weightNumbers, (n, i) => n * weightScales[i % out]!),
              [into, out],
            ),
          ],
          ['a.bias', one.get('a.bias')!],
        ]),
    );
    const productBy = (weights: NamedWeights) =>
      traceGraph(({ x }) => ({ y: linear(x as tf.Tensor3D, weights, 'a') }), wide);
    const product = productBy(one);

    it('give each row a scale of its own, and make no float copy of the weights', async () => {
      const improved = improve(product);
      assert.equal(operators(improved).get('MatMulIntegerToFloat'), 1);
      for (const op of ['MatMul', 'DequantizeLinear']) assert.equal(operators(improved).get(op), undefined);
      const given = { x: exact(4) };
      const [plain, ours] = [(await compute(productBy(inFloats), given))['y']!, (await compute(improved, given))['y']!];
      assert.deepEqual(ours.shape, plain.shape);
      // Sums of 64 products, up to 127 times 3 to the power of the row times the largest weight.
      plain.values.forEach((value: number, i: number) => {
        const largest = 64 * 127 * 3 ** Math.floor(i / out) * 127 * 0.034;
        assert.ok(Math.abs(value - ours.values[i]!) <= 1e-6 * largest, `${i}: ${value} and ${ours.values[i]}`);
      });
    });

    it('give a row the same numbers whatever stands beside it', async () => {
      const compiled = await openGraph(improve(product));
      const values = floats(3 * into, 2);
      values.subarray(into, 2 * into).forEach((_, i, row) => (row[i] = 1000 * next()));
      const together = (await compiled.run({ x: { values, shape: [1, 3, into] } }))['y']!.values;
      for (const row of [0, 1, 2]) {
        const alone = values.slice(row * into, (row + 1) * into);
        const { y } = await compiled.run({ x: { values: alone, shape: [1, 1, into] } });
        assert.deepEqual([...y!.values], [...together.slice(row * out, (row + 1) * out)]);
      }
      await compiled.dispose();
    });

    it('give the bias alone for a row of zeros', async () => {
      const values = floats(2 * into, 2).fill(0, 0, into);
      const { y } = await compute(improve(product), { x: { values, shape: [1, 2, into] } });
      const bias = recordingBackend().recorded(one.get('a.bias')!).data!;
      assert.deepEqual([...y!.values.slice(0, out)], [...bias]);
    });

    it('give the gradient by x in whole numbers too, a row with a scale of its own', async () => {
      const back = (weights: NamedWeights) =>
        traceGraph(
          ({ dy }) => ({ dx: tf.matMul(dy as tf.Tensor2D, weights.get('a.weight') as tf.Tensor2D, false, true) }),
          { dy: { type: 'float32', shape: ['rows', out] } },
        );
      const improved = improve(back(one));
      assert.equal(operators(improved).get('MatMulIntegerToFloat'), 1);
      for (const op of ['MatMul', 'DequantizeLinear', 'Transpose'])
        assert.equal(operators(improved).get(op), undefined);
      // A million times smaller in one row than in the next, as gradients are; 8 bits of each are kept.
      const given = {
        dy: { values: floats(3 * out, 1).map((x, i) => x * 1e-6 ** Math.floor(i / out)), shape: [3, out] },
      };
      const [plain, ours] = [
        (await compute(back(inFloats), given))['dx']!.values,
        (await compute(improved, given))['dx']!.values,
      ];
      for (const row of [0, 1, 2]) {
        const part = (values: ArrayLike<number>) => Array.from({ length: into }, (_, i) => values[row * into + i]!);
        const [a, b] = [part(plain), part(ours)];
        const length = Math.hypot(...a);
        assert.ok(Math.hypot(...a.map((value, i) => value - b[i]!)) < 0.02 * length, `row ${row}`);
      }
    });

    it('quantise once what several weights multiply', () => {
      const two = quantised(['q', 'k']);
      const graph = traceGraph(
        ({ x }) => ({ q: linear(x as tf.Tensor3D, two, 'q'), k: linear(x as tf.Tensor3D, two, 'k') }),
        wide,
      );
      const counts = operators(improve(graph));
      assert.deepEqual(
        ['MatMulIntegerToFloat', 'QuantizeLinear'].map((op) => counts.get(op)),
        [2, 1],
      );
    });

    it('leave to what comes behind GELU nearly all of the 8 bits', async () => {
      const graphBy = (weights: NamedWeights) =>
        traceGraph(({ x }) => ({ y: linear(gelu(x as tf.Tensor3D), weights, 'a') }), wide);
      const given = { x: { values: floats(3 * into, 12), shape: [1, 3, into] } };
      const plain = (await compute(graphBy(inFloats), given))['y']!;
      const ours = (await compute(improve(graphBy(one)), given))['y']!;
      // A step is the largest of a row, at most 12, over 223; half of one lost in each of the products.
      const steps = Math.sqrt(into / 12) * (12 / 223) * (127 * 0.034);
      assertClose(ours, plain, 2 * steps);
    });

    it('look numbers up before they become floats', async () => {
      const graph = traceGraph(({ ids }) => ({ y: tf.gather(one.get('a.weight')!, ids as tf.Tensor1D, 1) }), {
        ids: { type: 'int32', shape: ['ids'] },
      });
      const improved = improve(graph);
      const lookup = inOrder(improved.outputs.values(), ({ inputs }) => inputs).find(
        ({ op }) => op === 'DequantizeLinear',
      );
      assert.equal(lookup?.inputs[0]?.op, 'Gather');
      const given = { ids: { values: Int32Array.of(3, 0), shape: [2] } };
      assertClose((await compute(improved, given))['y']!, (await compute(graph, given))['y']!, 0);
    });

    it('hold 4-bit weights two in a byte', async () => {
      const stored = floats(out * into, 0.5);
      const weights: NamedWeights = new Map([['a.weight', int4Tensor(quantiseTo4Bits(stored), [out, into])]]);
      const graph = traceGraph(({ x }) => ({ y: linear(x as tf.Tensor3D, weights, 'a') }), wide);
      const improved = improve(graph);
      const products = inOrder(improved.outputs.values(), ({ inputs }) => inputs).filter(
        ({ op }) => op === 'MatMulNBits',
      );
      assert.deepEqual(
        products.map(({ inputs }) => inputs[1]?.data?.length),
        [(out * into) / 2],
      );
      for (const op of ['MatMul', 'DequantizeLinear']) assert.equal(operators(improved).get(op), undefined);
      // Both blocks of a row have the largest number, so that their scales are exact.
      const { values, shape } = exact(4);
      values.forEach((value, i) => (values[i] = i % 32 === 0 ? 127 : Math.sign(value) * Math.floor(127 * next() ** 2)));
      const given = { x: { values, shape } };
      assertClose((await compute(improved, given))['y']!, (await compute(graph, given))['y']!, 2e-3);
    });
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
