/** Comparing what a function gives compiled with what it gives on tfjs's cpu backend, at several sizes. */
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { compile, type Inputs, type NumberArray, type Traceable } from '../../../src/tensors/compile/compile.ts';
import type { Axis } from '../../../src/tensors/compile/generalise.ts';
import { randomNumbers } from '../../support/tiny-model.ts';

/** Sizes of `a` and `b` in the shapes of inputs. */
const sizes = [
  { a: 2, b: 3 },
  { a: 1, b: 1 },
  { a: 5, b: 4 },
];

/**
 * What the function gives on the tfjs backend in use, and compiled, is the same at every size.
 * @param fixed Inputs that are the same at all of them.
 */
export async function agrees(
  fn: Traceable,
  inputs: Inputs,
  tolerance = 1e-5,
  fixed: Readonly<Record<string, NumberArray>> = {},
): Promise<void> {
  const compiled = await compile(fn, inputs);
  try {
    for (const size of sizes) {
      const given = { ...inputsAt(inputs, size), ...fixed };
      const ours = await compiled.run(given);
      for (const [name, expected] of Object.entries(eagerly(fn, given))) {
        assert.deepEqual(ours[name]?.shape, expected.shape, name);
        assertNear(ours[name], expected.values, tolerance, `${name} at ${JSON.stringify(size)}`);
      }
    }
  } finally {
    await compiled.dispose();
  }
}

/** Floats between -2 and 2, and whole numbers 0 and 1. */
function inputsAt(inputs: Inputs, size: { readonly a: number; readonly b: number }): Record<string, NumberArray> {
  const next = randomNumbers(size.a + 10 * size.b);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, shape }]): [string, NumberArray] => {
      const numbers = shape.map((axis) => sizeOf(axis, size));
      const length = numbers.reduce((product, n) => product * n, 1);
      const values =
        type === 'float32'
          ? Float32Array.from({ length }, () => 2 * next())
          : Int32Array.from({ length }, (_, i) => i % 2);
      return [name, { values, shape: numbers }];
    }),
  );
}

function sizeOf(axis: Axis | string, size: Readonly<Record<string, number>>): number {
  if (typeof axis === 'number') return axis;
  const { times, name } = typeof axis === 'string' ? { times: 1, name: axis } : axis;
  return times * (size[name] as number);
}

/** What a function gives on the tfjs backend in use. */
export function eagerly(fn: Traceable, inputs: Readonly<Record<string, NumberArray>>): Record<string, NumberArray> {
  const made: Record<string, NumberArray> = {};
  tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, { values, shape }]): [string, tf.Tensor] => [
      name,
      tf.tensor(values, [...shape], values instanceof Float32Array ? 'float32' : 'int32'),
    ]);
    for (const [name, tensor] of Object.entries(fn(Object.fromEntries(tensors)))) {
      made[name] = { values: tensor.dataSync() as Float32Array | Int32Array, shape: tensor.shape };
    }
  });
  return made;
}

/** Every number within `tolerance` of the expected one, relative to the largest expected where that is above 1. */
export function assertNear(ours: NumberArray, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(ours.values.length, expected.length, what);
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) scale = Math.max(scale, Math.abs(expected[i]!));
  }
  for (let i = 0; i < expected.length; i++) {
    const [one, other] = [Number(ours.values[i]), expected[i]!];
    const near = Math.abs(one - other) <= tolerance * scale;
    assert.ok(near || Object.is(one, other), `${what}: ${one}, not ${other}`);
  }
}

/** The gradient with respect to `x` of the sum of all floats that the function gives, times a number for each column. */
export const gradientOf =
  (fn: Traceable): Traceable =>
  (inputs) => ({
    gradient: tf.grad((x: tf.Tensor) => {
      const made = Object.values(fn({ ...inputs, x })).filter(({ dtype }) => dtype === 'float32');
      return tf.addN(made.map((y) => tf.sum(tf.mul(y, tf.cos(tf.range(0, y.shape.at(-1) ?? 1))))));
    })(inputs['x'] as tf.Tensor),
  });
