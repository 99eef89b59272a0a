/** Computes what depends on no input: the order of a filter's axes, masks and positions of fixed sizes. */
import type { Value } from '../graph.ts';
import { numbersOf, type Attribute, type Numbers, type NumberType } from '../recording.ts';
import { rewriting } from '../rewrite.ts';
import { constant, constantOf } from '../size.ts';

type Shape = readonly number[];

/** A result may have this many numbers more than what it is made of; a large one is quicker to make than to store. */
const growth = 1024;

/** Only operators that both sides compute to the last bit. */
const ofOne: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Floor: Math.floor,
  Identity: (x) => x,
  Neg: (x) => -x,
  Not: (x) => 1 - x,
  Reciprocal: (x) => 1 / x,
  Sqrt: Math.sqrt,
};

const ofTwo: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  And: (a, b) => a & b,
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Max: Math.max,
  Min: Math.min,
  Mul: (a, b) => a * b,
  Or: (a, b) => a | b,
  Sub: (a, b) => a - b,
};

export const foldConstants = rewriting((value) => {
  const given = value.inputs;
  if (value.domain !== '' || given.length === 0 || !given.every((input) => input?.op === 'Constant')) return value;
  const shape = value.shape.map(constantOf);
  if (!shape.every((size) => size !== null)) return value;
  const most = Math.max(...given.map((input) => input?.data?.length ?? 0));
  if (shape.reduce((product, size) => product * size, 1) > most + growth) return value;
  const data = compute(value, given as readonly Value[], shape);
  if (data === null) return value;
  return { ...value, op: 'Constant', inputs: [], attributes: {}, shape: shape.map(constant), data };
});

/** Null where the operator is none of those that are computed here. */
function compute({ op, type, attributes }: Value, given: readonly Value[], shape: Shape): Numbers | null {
  const [x, ...rest] = given as [Value, ...Value[]];
  const single = ofOne[op];
  if (single !== undefined) return numbersOf(numbers(x).map(single), type);
  const pair = op === 'Div' && type === 'float32' ? (a: number, b: number) => a / b : ofTwo[op];
  const [y] = rest;
  if (pair !== undefined && y !== undefined) {
    const [a, b] = [broadcast(x, shape), broadcast(y, shape)];
    return numbersOf(
      a.map((number, index) => pair(number, b[index] as number)),
      type,
    );
  }
  if (op === 'Cast') return type === 'bool' ? null : numbersOf(numbers(x), type);
  if (op === 'Reshape') return x.data;
  if (op === 'Expand') return numbersOf(broadcast(x, shape), type);
  if (op === 'Transpose') return transposed(x, ints(attributes['perm']), shape);
  if (op === 'Concat') return joined(given, attributes['axis'], type);
  if (op === 'Range') {
    const [start = 0, , step = 1] = given.map((value) => numbers(value)[0]);
    return numbersOf(
      Array.from({ length: shape[0] as number }, (_, index) => start + index * step),
      type,
    );
  }
  return null;
}

function transposed(x: Value, order: readonly number[], shape: Shape): Numbers {
  const strides = stridesOf(sizesOf(x));
  return picked(
    x,
    placesAt(
      shape,
      order.map((axis) => strides[axis] as number),
    ),
  );
}

/** A tensor is its rows before the axis, of each part in turn. */
function joined(parts: readonly Value[], axis: Attribute | undefined, type: NumberType): Numbers | null {
  if (axis === undefined || !('int' in axis)) return null;
  const rows = sizesOf(parts[0] as Value)
    .slice(0, axis.int)
    .reduce((product, size) => product * size, 1);
  const lists = parts.map(numbers);
  const ofRow = (row: number) =>
    lists.flatMap((list) => list.slice((row * list.length) / rows, ((row + 1) * list.length) / rows));
  return numbersOf(Array.from({ length: rows }, (_, row) => ofRow(row)).flat(), type);
}

function picked({ data }: Value, places: Uint32Array): Numbers {
  const from = data as Float32Array;
  const made = new (from.constructor as Float32ArrayConstructor)(places.length);
  places.forEach((place, index) => (made[index] = from[place] as number));
  return made;
}

function broadcast(x: Value, shape: Shape): number[] {
  const sizes = sizesOf(x);
  const own = stridesOf(sizes);
  const spare = shape.length - sizes.length;
  const strides = shape.map((_, axis) =>
    axis < spare || sizes[axis - spare] === 1 ? 0 : (own[axis - spare] as number),
  );
  const all = numbers(x);
  return Array.from(placesAt(shape, strides), (place) => all[place] as number);
}

/** Where each number of a tensor of this shape lies among others that are so far apart. */
function placesAt(shape: Shape, strides: readonly number[]): Uint32Array {
  let places = Uint32Array.of(0);
  shape.forEach((size, axis) => {
    const stride = strides[axis] as number;
    const next = new Uint32Array(places.length * size);
    for (let at = 0; at < next.length; at++)
      next[at] = (places[Math.floor(at / size)] as number) + (at % size) * stride;
    places = next;
  });
  return places;
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

function sizesOf({ shape }: Value): number[] {
  return shape.map((size) => constantOf(size) ?? 0);
}

function numbers({ data }: Value): number[] {
  return Array.from<number | bigint>(data ?? []).map(Number);
}

function ints(attribute: Attribute | undefined): readonly number[] {
  return attribute !== undefined && 'ints' in attribute ? attribute.ints : [];
}
