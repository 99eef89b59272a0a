import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import fc from 'fast-check';
import { openGraph, traceGraph, type Inputs, type NumberArray } from '../../../../src/tensors/compile/compile.ts';
import type { Graph } from '../../../../src/tensors/compile/graph.ts';
import { improve, passes, type PassName } from '../../../../src/tensors/compile/passes/passes.ts';
import { compiledDevice, keepBackend } from '../../../support/devices.ts';
import { randomNumbers } from '../../../support/tiny-model.ts';
import { assertNear, gradientOf } from '../agree.ts';
import { programs, run, smooth, steps } from '../random-programs.ts';

const inputs: Inputs = { x: { type: 'float32', shape: ['a', 'b'] } };
const names = Object.keys(passes) as PassName[];
const numRuns = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 10);

async function compute(graph: Graph): Promise<NumberArray> {
  const compiled = await openGraph(graph);
  const x = { values: Float32Array.from({ length: 12 }, randomNumbers(2)), shape: [3, 4] };
  const [result] = Object.values(await compiled.run({ x }));
  await compiled.dispose();
  return result!;
}

/** All passes, each alone left out, and each alone, give what none of them gives. */
async function keep(graph: Graph): Promise<void> {
  const plain = await compute(graph);
  const others = (name: PassName) => names.filter((other) => other !== name);
  for (const without of [[], ...names.map((name) => [name]), ...names.map(others)]) {
    assertNear(await compute(improve(graph, without)), plain.values, 1e-6, `without ${without.join()}`);
  }
}

describe('every pass', function () {
  this.timeout(60_000 + 2000 * numRuns);
  keepBackend();
  before(async function () {
    await compiledDevice(this);
  });

  it('keeps what random programs compute', () =>
    fc.assert(
      fc.asyncProperty(programs, (program) =>
        keep(traceGraph(({ x }) => ({ y: run(program, x as tf.Tensor, steps) }), inputs)),
      ),
      { numRuns },
    ));

  it('keeps the gradients of random programs', () =>
    fc.assert(
      fc.asyncProperty(programs, (program) =>
        keep(
          traceGraph(
            gradientOf(({ x }) => ({ y: tf.add(run(program, x as tf.Tensor, smooth), 0) })),
            inputs,
          ),
        ),
      ),
      { numRuns },
    ));
});
