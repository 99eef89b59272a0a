import type { Graph, Value } from '../graph.ts';
import { made, operator, rewriting } from '../rewrite.ts';
import type { Pass } from '../rewrite.ts';
import { constant, constantOf, type Size } from '../size.ts';
import { dropIdentities } from './identities.ts';

/**
 * Products by 8-bit weights, `MatMul(x, DequantizeLinear(weights))`, to products of whole numbers. Each row of x is
 * quantised as it comes, with a scale of its own (as CTranslate2 does), and no float copy of the weights is made. So what
 * a row gives never depends on the rows beside it: an utterance reads the same in every batch. An x that is multiplied by
 * several weights is quantised once.
 *
 * x is held in 0 to 255, since ONNX Runtime multiplies those by signed weights in AMX and VNNI instructions.
 *
 * A gradient is a product by the same weights turned, whose scales then stand along the sum: they are multiplied into x
 * before it is quantised, and the numbers are held a second time as rows.
 */
function quantiseProducts(graph: Graph): Graph {
  const quantised = new Map<Value, QuantisedRows>();
  const turned = new Map<Value, Value>();
  return rewriting((value) => {
    const [x, by] = made(value, 'MatMul') ?? [];
    const isTurned = made(by, 'Transpose') !== null;
    const weights = isTurned ? made(by, 'Transpose')?.[0] : by;
    const [numbers, scales] = made(weights, 'DequantizeLinear') ?? [];
    if (x == null || numbers == null || scales == null) return value;
    if (x.shape.length !== 2 || numbers.shape.length !== 2 || !isLastAxis(weights)) return value;
    if (isTurned) {
      const columns = turned.get(numbers) ?? turnedMatrix(numbers);
      if (columns === null) return value;
      turned.set(numbers, columns);
      return productOf(quantiseRows(operator('Mul', [x, scales], x)), columns, float(1), value);
    }
    const rows = quantised.get(x) ?? quantiseRows(x);
    quantised.set(x, rows);
    return productOf(rows, numbers, scales, value);
  })(graph);
}

function productOf(rows: QuantisedRows, numbers: Value, scales: Value, result: Value): Value {
  const inputs = [rows.numbers, numbers, float(rows.scale), scales, byte(rows.zero)];
  const product = operator('MatMulIntegerToFloat', inputs, result, {}, 'com.microsoft');
  return operator('Mul', [product, rows.largest], result);
}

/** A constant matrix with its axes exchanged; null of what is no constant of a known size. */
function turnedMatrix(numbers: Value): Value | null {
  const [height, width] = numbers.shape as [Size, Size];
  const rows = constantOf(height);
  if (!(numbers.data instanceof Int8Array) || rows === null) return null;
  return { ...numbers, shape: [width, height], data: turn(numbers.data, rows) };
}

/** A matrix as `largest * scale * (numbers - zero)`. */
interface QuantisedRows {
  /** uint8, in the shape of the matrix. */
  readonly numbers: Value;
  /** [rows, 1]. */
  readonly largest: Value;
  readonly scale: number;
  readonly zero: number;
}

/** In few operators: a decoder step has 37 such matrices, so small that each operator costs more than its numbers. */
function quantiseRows(x: Value): QuantisedRows {
  const [count = constant(1)] = x.shape;
  const column = { shape: [count, constant(1)], type: 'float32' } as const;
  const largestOf = (of: Value) => operator('ReduceMax', [of, integers(1)], column, { keepdims: { int: 1 } });
  // GELU gives much of what it gives in its narrow range below 0, and most of that would round to one number.
  const zero = isGelu(x) ? 32 : 128;
  const above = 255 - zero;
  const largest = isGelu(x)
    ? operator('Max', [largestOf(x), float((-leastOfGelu * above) / zero)], column)
    : largestOf(operator('Abs', [x], x));
  // A row of zeros has the largest 0, and gives 0 whatever its numbers become.
  const shares = operator('Div', [x, largest], x);
  const scale = 1 / above;
  const numbers = operator('QuantizeLinear', [shares, float(scale), byte(zero)], { shape: x.shape, type: 'uint8' });
  return { numbers, largest, scale, zero };
}

/** GELU is least at -0.7518, where it is -0.16997. */
const leastOfGelu = -0.17;

function isGelu(x: Value): boolean {
  const [before] = made(x, 'Reshape') ?? [x];
  return before?.op === 'Gelu';
}

function isLastAxis(dequantised: Value | null | undefined): boolean {
  const axis = dequantised?.attributes['axis'];
  return axis !== undefined && 'int' in axis && axis.int === (dequantised?.shape.length ?? 0) - 1;
}

function float(value: number): Value {
  return { ...operator('Constant', [], { shape: [], type: 'float32' }), data: Float32Array.of(value) };
}

function integers(...values: readonly number[]): Value {
  const shape = [constant(values.length)];
  return { ...operator('Constant', [], { shape, type: 'int64' }), data: BigInt64Array.from(values, BigInt) };
}

function byte(value: number): Value {
  return { ...operator('Constant', [], { shape: [], type: 'uint8' }), data: Uint8Array.of(value) };
}

/**
 * Looks numbers up before they become floats: a token's embedding is one column of a large matrix. It is held a second time
 * with columns as rows, since one row is one page of memory and one column is on a page for each of its numbers.
 */
const lookUpFirst = rewriting((value) => {
  const [table, indices] = made(value, 'Gather') ?? [];
  const [numbers, scales] = made(table, 'DequantizeLinear') ?? [];
  if (numbers == null || scales == null || indices == null) return value;
  const { axis } = value.attributes;
  const isColumns = axis !== undefined && 'int' in axis && axis.int === 1 && isLastAxis(table);
  const turned = isColumns && indices.shape.length === 1 ? turnedMatrix(numbers) : null;
  if (turned === null) return value;
  const [height] = numbers.shape as [Size, Size];
  const [count] = indices.shape as [Size];
  const ofRows = { axis: { int: 0 } };
  const found = operator('Gather', [turned, indices], { shape: [count, height], type: numbers.type }, ofRows);
  const scale = operator('Gather', [scales, indices], { shape: [count], type: scales.type }, ofRows);
  const rows = operator('DequantizeLinear', [found, scale], { ...value, shape: [count, height] }, ofRows);
  return operator('Transpose', [rows], value, { perm: { ints: [1, 0] } });
});

function turn(numbers: Int8Array, height: number): Int8Array {
  const width = numbers.length / height;
  const turned = new Int8Array(numbers.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) turned[column * height + row] = numbers[row * width + column]!;
  }
  return turned;
}

export const quantisedProducts: Pass = (graph) => dropIdentities(quantiseProducts(lookUpFirst(graph)));
