import type { Value } from '../graph.ts';
import { made, operator, rewriting } from '../rewrite.ts';
import { constant, constantOf } from '../size.ts';

/** Weights that share a scale: neighbours along the inputs of one output. */
export const blockSize = 32;

/**
 * Products by 4-bit weights to ONNX Runtime's MatMulNBits, which holds them two in a byte. The weights stand in the graph
 * as numbers from -8 to 7 with a scale a block, as `int4.ts` makes them: numbers [block, blocks] dequantised along the
 * last axis, turned, put into rows [out, in] and turned again. x is quantised in blocks of the same size (accuracy level 4).
 */
export const int4Products = rewriting((value) => {
  const [x, weights] = made(value, 'MatMul') ?? [];
  const [rows] = made(weights, 'Transpose') ?? [];
  const [turned] = made(rows, 'Reshape') ?? [];
  const [dequantised] = made(turned, 'Transpose') ?? [];
  const [numbers, scales] = made(dequantised, 'DequantizeLinear') ?? [];
  if (x == null || rows == null || numbers == null || scales == null || numbers.data === null) return value;
  const [outputs, inputs] = rows.shape.map(constantOf);
  if (typeof outputs !== 'number' || typeof inputs !== 'number' || rows.shape.length !== 2) return value;
  if (numbers.shape.length !== 2 || constantOf(numbers.shape[0] ?? []) !== blockSize) return value;
  const packed = pack(numbers.data as Int8Array);
  if (packed === null) return value;
  const shape = [outputs, inputs / blockSize, blockSize / 2].map(constant);
  const held: Value = { ...operator('Constant', [], { shape, type: 'uint8' }), data: packed };
  return operator(
    'MatMulNBits',
    [x, held, scales],
    value,
    {
      K: { int: inputs },
      N: { int: outputs },
      bits: { int: 4 },
      block_size: { int: blockSize },
      accuracy_level: { int: 4 },
    },
    'com.microsoft',
  );
});

/**
 * Two numbers in a byte, the first in its lower half, each with 8 added; null where one is not from -8 to 7.
 * @param numbers blockSize x blocks; a block follows the other in what is returned.
 */
function pack(numbers: Int8Array): Uint8Array | null {
  const blocks = numbers.length / blockSize;
  const packed = new Uint8Array(numbers.length / 2);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < blockSize; i += 2) {
      const low = (numbers[i * blocks + block] as number) + 8;
      const high = (numbers[(i + 1) * blocks + block] as number) + 8;
      if (low < 0 || low > 15 || high < 0 || high > 15) return null;
      packed[(block * blockSize + i) / 2] = low | (high << 4);
    }
  }
  return packed;
}
