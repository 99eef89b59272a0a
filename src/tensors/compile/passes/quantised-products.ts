import type { Value } from '../graph.ts';
import { eitherWay, made, operator, rewriting } from '../rewrite.ts';

/**
 * Products by 8-bit weights, `MatMul(x, DequantizeLinear(weights))`, to products of whole numbers: x is quantised as it
 * comes, with one scale for the tensor, and no float copy of the weights is made. The bias behind goes along.
 */
const quantiseProducts = rewriting((value) => {
  const [x, weights] = made(value, 'MatMul') ?? [];
  const [numbers, scales] = made(weights, 'DequantizeLinear') ?? [];
  if (x == null || numbers == null || scales == null || numbers.shape.length !== 2) return value;
  return operator('DynamicQuantizeMatMul', [x, numbers, scales], value, {}, 'com.microsoft');
});

const takeBias = rewriting((value) => {
  const [product, bias] = eitherWay(value, 'Add', isQuantisedProduct) ?? [];
  if (product === undefined || bias === undefined) return value;
  if (bias.op !== 'Constant' || bias.shape.length !== 1) return value;
  return { ...product, inputs: [...product.inputs, null, bias] };
});

function isQuantisedProduct({ op, inputs }: Value): boolean {
  return op === 'DynamicQuantizeMatMul' && inputs.length === 3;
}

/** Looks numbers up before they become floats: a token's embedding is one column of a large matrix. */
const lookUpFirst = rewriting((value) => {
  const [table, indices] = made(value, 'Gather') ?? [];
  const [numbers, scales] = made(table, 'DequantizeLinear') ?? [];
  if (numbers == null || scales == null || indices == null) return value;
  const { axis } = value.attributes;
  const along = table?.attributes['axis'];
  if (axis === undefined || along === undefined || JSON.stringify(axis) !== JSON.stringify(along)) return value;
  if (indices.shape.length !== 1) return value;
  const found = operator('Gather', [numbers, indices], { shape: value.shape, type: numbers.type }, { axis });
  const scale = operator(
    'Gather',
    [scales, indices],
    { shape: indices.shape, type: scales.type },
    { axis: { int: 0 } },
  );
  return operator('DequantizeLinear', [found, scale], value, { axis: along });
});

export const quantisedProducts = (graph: Parameters<typeof takeBias>[0]) =>
  takeBias(quantiseProducts(lookUpFirst(graph)));
