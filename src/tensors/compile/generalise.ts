/** From recordings of one function at several sizes to one graph for every size. */
import type { Graph, Value } from './graph.ts';
import { inOrder } from './graph.ts';
import { onnxTypes } from './kernel.ts';
import { numbersOf, type Integers, type Numbers, type NumberType, type Recorded } from './recording.ts';
import { constant, constantOf, fitSize, formatSize, sameSize, type Size, type Term } from './size.ts';

/** An axis of an input: a number, or how many times a named size. */
export interface NamedAxis {
  readonly times: number;
  readonly name: string;
}
export type Axis = number | NamedAxis;

/** The outputs of one recording, by name. */
export type Recording = ReadonlyMap<string, Recorded>;

/**
 * @param recordings One at each sample of `samplesOf(names)`.
 * @param axes Shapes of the inputs, by name.
 * @throws Error when the function does not ask for the same operators at all sizes, or a number depends on them in a way
 *   that is no sum of products of two.
 */
export function generalise(
  recordings: readonly Recording[],
  axes: ReadonlyMap<string, { readonly type: NumberType; readonly shape: readonly Axis[] }>,
  names: readonly string[],
): Graph {
  const inputs = new Map(
    [...axes].map(([name, { type, shape }]): [string, Value] => [
      name,
      { ...plain('Input', [], type, shape.map(sizeOfAxis)), name },
    ]),
  );
  const build = builder(inputs, axes, names);
  const [first] = recordings as [Recording];
  return {
    inputs: [...inputs.values()],
    outputs: new Map([...first.keys()].map((name) => [name, build(recordings.map((r) => r.get(name) as Recorded))])),
  };
}

function sizeOfAxis(axis: Axis): Size {
  return typeof axis === 'number' ? constant(axis) : [{ factor: axis.times, names: [axis.name] }];
}

function plain(op: string, inputs: readonly (Value | null)[], type: NumberType, shape: readonly Size[]): Value {
  return { op, domain: '', inputs, attributes: {}, type, shape, data: null, name: '' };
}

function builder(
  inputs: ReadonlyMap<string, Value>,
  axes: ReadonlyMap<string, { readonly shape: readonly Axis[] }>,
  names: readonly string[],
) {
  const built = new Map<Recorded, Value>();
  const sizes = new Map<string, Value>();

  const fit = (values: readonly number[], what: string): Size => {
    const size = fitSize(values, names);
    if (size !== null) return size;
    throw new Error(`${what} is ${values.join(', ')} at several sizes, which is no sum of products of two of them.`);
  };

  /** The value of a named size, as a vector of one number. */
  const named = (name: string): Value =>
    memo(sizes, name, () => {
      for (const [input, { shape }] of axes) {
        const axis = shape.findIndex((entry) => typeof entry !== 'number' && entry.name === name);
        if (axis < 0) continue;
        const all: Value = {
          ...plain('Shape', [inputs.get(input) as Value], 'int64', [constant(1)]),
          attributes: { start: { int: axis }, end: { int: axis + 1 } },
        };
        const { times } = shape[axis] as NamedAxis;
        return times === 1 ? all : plain('Div', [all, vector([times])], 'int64', [constant(1)]);
      }
      throw new Error(`No input has the size ${name}.`);
    });

  const computed = (size: Size): Value =>
    memo(sizes, formatSize(size), () => {
      const one = [constant(1)];
      const product = ({ factor, names }: Term) =>
        [...names.map(named), ...(factor === 1 && names.length > 0 ? [] : [vector([factor])])].reduce((a, b) =>
          plain('Mul', [a, b], 'int64', one),
        );
      return size.map(product).reduce((a, b) => plain('Add', [a, b], 'int64', one));
    });

  /** A vector of int64 numbers; neighbours that are constant share one constant. */
  const vectorOf = (entries: readonly Size[]): Value => {
    const parts: (number[] | Size)[] = [];
    for (const size of entries) {
      const known = constantOf(size);
      const last = parts.at(-1);
      if (known === null) parts.push(size);
      else if (isNumbers(last)) last.push(known);
      else parts.push([known]);
    }
    const values = parts.map((part) => (isNumbers(part) ? vector(part) : computed(part)));
    if (values.length === 0) return vector([]);
    if (values.length === 1) return values[0] as Value;
    return { ...plain('Concat', values, 'int64', [constant(entries.length)]), attributes: { axis: { int: 0 } } };
  };

  const integersValue = (given: readonly Integers[], what: string): Value => {
    const { integers, type, scalar } = given[0] as Integers;
    const entries = integers.map((_, index) =>
      fit(
        given.map((at) => at.integers[index] as number),
        what,
      ),
    );
    return integersOf(entries, type, scalar);
  };

  const integersOf = (entries: readonly Size[], type: NumberType, scalar: boolean): Value => {
    const known = entries.map(constantOf);
    const shape = scalar ? [] : [constant(entries.length)];
    if (known.every((entry) => entry !== null)) {
      return { ...plain('Constant', [], type, shape), data: numbersOf(known, type) };
    }
    const wide = vectorOf(entries);
    const typed =
      type === 'int64'
        ? wide
        : { ...plain('Cast', [wide], type, wide.shape), attributes: { to: { int: onnxTypes[type] } } };
    return scalar ? plain('Reshape', [typed, vector([])], type, []) : typed;
  };

  /** A size that the input has on the same axis is written 0 and one that follows from the others -1. */
  const target = (shape: readonly Size[], from: readonly Size[]): Value => {
    const entries = shape.map((size, axis) =>
      constantOf(size) === null && from[axis] !== undefined && sameSize(size, from[axis]) ? constant(0) : size,
    );
    const last = entries.findLastIndex((size) => constantOf(size) === null);
    return vectorOf(entries.map((size, axis) => (axis === last ? constant(-1) : size)));
  };

  const make = (at: readonly Recorded[]): Value => {
    const [first] = at as [Recorded];
    const other = at.find(
      ({ op, inputs, type, attributes }) =>
        op !== first.op ||
        inputs.length !== first.inputs.length ||
        type !== first.type ||
        JSON.stringify(attributes) !== JSON.stringify(first.attributes),
    );
    if (other !== undefined) {
      throw new Error(`The function asks for ${describe(first)} at one size and for ${describe(other)} at another.`);
    }
    if (first.op === 'Input') return inputs.get(first.name) as Value;
    const shape = first.shape.map((_, axis) =>
      fit(
        at.map((value) => value.shape[axis] as number),
        `Axis ${axis} of the result of ${first.op}`,
      ),
    );
    if (first.data !== null) return constantTensor(at, shape);
    const given = first.inputs.map((input, index): Value => {
      if ('integers' in input) {
        if (first.op === 'Reshape') return target(shape, (built.get(first.inputs[0] as Recorded) as Value).shape);
        return integersValue(
          at.map((value) => value.inputs[index] as Integers),
          `A parameter of ${first.op}`,
        );
      }
      return built.get(input) as Value;
    });
    return { ...plain(first.op, given, first.type, shape), attributes: first.attributes };
  };

  /**
   * Numbers that the function made in JavaScript. Where they depend on the sizes, as in the gradient of a mean, they are
   * one number everywhere or a vector of sizes.
   */
  const constantTensor = (at: readonly Recorded[], shape: readonly Size[]): Value => {
    const [{ data, type }] = at as [Recorded];
    if (at.every((value) => sameNumbers(value.data, data))) return { ...plain('Constant', [], type, shape), data };
    const numbers = at.map((value) => Array.from<number | bigint>(value.data ?? []).map(Number));
    const single = numbers.find((given) => given.length > 0)?.[0];
    if (single !== undefined && numbers.every((given) => given.every((number) => number === single))) {
      const value = { ...plain('Constant', [], type, []), data: numbersOf([single], type) };
      return plain('Expand', [value, vectorOf(shape)], type, shape);
    }
    const [first] = numbers as [number[]];
    if (shape.length <= 1 && numbers.every(({ length }) => length === first.length)) {
      const entryAt = (index: number) =>
        fitSize(
          numbers.map((given) => given[index] as number),
          names,
        );
      const entries = first.map((_, index) => entryAt(index)).filter((entry) => entry !== null);
      if (entries.length === first.length) return integersOf(entries, type, shape.length === 0);
    }
    throw new Error(
      'The function makes a tensor of numbers that depend on the sizes of its inputs or change from call to call; use tf.range, or pass them in (random numbers too).',
    );
  };

  return (outputs: readonly Recorded[]): Value => {
    // Walks all recordings in step: the tuple of a value holds it as each of them has it.
    const tuples = new Map<Recorded, readonly Recorded[]>([[outputs[0] as Recorded, outputs]]);
    const order = inOrder([outputs[0] as Recorded], (node) => {
      const at = tuples.get(node) as readonly Recorded[];
      return node.inputs.flatMap((input, index) => {
        if ('integers' in input) return [];
        if (!tuples.has(input))
          tuples.set(
            input,
            at.map((value) => (value.inputs[index] ?? input) as Recorded),
          );
        return built.has(input) ? [] : [input];
      });
    });
    for (const node of order) memo(built, node, () => make(tuples.get(node) as readonly Recorded[]));
    return built.get(outputs[0] as Recorded) as Value;
  };
}

function sameNumbers(a: Numbers | null, b: Numbers | null): boolean {
  return a === b || (a?.length === b?.length && a?.every((number, index) => Object.is(number, b?.[index])) === true);
}

function vector(numbers: readonly number[]): Value {
  return { ...plain('Constant', [], 'int64', [constant(numbers.length)]), data: numbersOf(numbers, 'int64') };
}

function isNumbers(part: readonly number[] | Size | undefined): part is number[] {
  return typeof part?.[0] === 'number';
}

function describe({ op, shape, attributes }: Recorded): string {
  return `${op} ${JSON.stringify(attributes)} of [${shape.join(', ')}]`;
}

function memo<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
