import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { loadDevice } from '../../../src/tensors/backend.ts';
import { compile, type Inputs, type Traceable } from '../../../src/tensors/compile/compile.ts';
import { kernels } from '../../../src/tensors/compile/kernels.ts';
import { passes } from '../../../src/tensors/compile/passes/passes.ts';
import { compiledDevice, keepBackend } from '../../support/devices.ts';
import { agrees, gradientOf } from './agree.ts';
import { uses, type Work } from './kernel-uses.ts';

const cube: Inputs = { x: { type: 'float32', shape: ['a', 'b', 6] } };

const ofX =
  (work: Work): Traceable =>
  ({ x }) => {
    const made = work(x as tf.Tensor);
    return Object.fromEntries((Array.isArray(made) ? made : [made]).map((tensor, index) => [`y${index}`, tensor]));
  };

/** Of which tfjs itself has no gradient, or a wrong one, and those whose results are no floats. */
const withoutGradient: readonly string[] = [
  'all, any',
  'argMax, argMin',
  'batched look-ups, topk',
  'cast',
  'comparisons',
  'cumsum',
  'gatherND, scatterND, tensorScatterUpdate',
  'isNaN, isFinite, isInf',
  'logicalAnd',
  'oneHot',
  'prod',
  'range',
  'stridedSlice',
  'where',
];

describe('kernels', function () {
  this.timeout(60_000);
  keepBackend();
  before(async function () {
    await compiledDevice(this);
    await loadDevice('tfjs-cpu');
  });

  for (const [name, work] of Object.entries(uses)) {
    it(`of ${name} compute what tfjs does, at every size`, () => agrees(ofX(work), cube));
    if (withoutGradient.includes(name)) continue;
    it(`of ${name} have its gradient`, () => agrees(gradientOf(ofX(work)), cube, 1e-4));
  }

  it('are all used here', async () => {
    const used = new Set<string>();
    const x = tf.tensor(new Float32Array(36).fill(0.5), [2, 3, 6]);
    for (const [name, work] of Object.entries(uses)) {
      const fn = withoutGradient.includes(name) ? ofX(work) : gradientOf(ofX(work));
      const { kernelNames } = await tf.profile(() => tf.tidy(() => void fn({ x })));
      for (const kernel of kernelNames) used.add(kernel);
    }
    x.dispose();
    assert.deepEqual(
      Object.keys(kernels).filter((name) => !used.has(name)),
      [],
    );
  });

  it('and passes are listed in the documentation', async () => {
    const page = await readFile(new URL('../../../docs/compiler.md', import.meta.url), 'utf8');
    const named = (pattern: RegExp) =>
      page.split('\n').flatMap((line) => {
        const [, cell] = pattern.exec(line) ?? [];
        return [...(cell ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
      });
    assert.deepEqual(named(/^\| `kernels-\w+\.ts` +\| (.*)/).sort(), Object.keys(kernels).sort());
    const [table = ''] = page.slice(page.indexOf('| pass ')).split('\n\n');
    assert.deepEqual(
      [...table.matchAll(/^\| (`\w+`[^|]*)\|/gm)].flatMap(([, cell]) => cell!.match(/\w+/g)),
      Object.keys(passes),
    );
  });

  it('add all rows that meet at one place', async () => {
    // ONNX Runtime's ScatterND loses some of these where it has two threads.
    const rows = 200_000;
    const compiled = await compile(({ x, places }) => ({ sums: tf.unsortedSegmentSum(x!, places as tf.Tensor1D, 2) }), {
      x: { type: 'float32', shape: ['rows', 16] },
      places: { type: 'int32', shape: ['rows'] },
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      const { sums } = await compiled.run({
        x: { values: new Float32Array(rows * 16).fill(1), shape: [rows, 16] },
        places: { values: new Int32Array(rows).map((_, index) => index % 2), shape: [rows] },
      });
      assert.ok(sums!.values.every((value: number) => value === rows / 2));
    }
    await compiled.dispose();
  });
});
