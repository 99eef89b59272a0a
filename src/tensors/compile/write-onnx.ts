/** A graph as the bytes of an ONNX model (onnx.proto, IR version 10, operator set 20). */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type ValueInfoProto,
} from '../onnx/onnx_pb.ts';
import { inOrder, type Graph, type Value } from './graph.ts';
import { onnxTypes } from './kernel.ts';
import type { Attribute } from './recording.ts';
import { constantOf, formatSize, type Size } from './size.ts';

const operatorSet = 20n;
const irVersion = 10n;

/** Operators whose result is not their first output. */
const outputPlace: Readonly<Record<string, number>> = { TopK: 1 };

/** Where the bytes of a constant lie: a file beside the model's, and the place in it. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** @param keep Puts the bytes of a constant elsewhere, or says null, and they stand in the model. */
export function writeOnnx(graph: Graph, keep: (bytes: Uint8Array) => ExternalPlace | null = () => null): Uint8Array {
  const order = inOrder([...graph.outputs.values()], ({ inputs }) => inputs);
  const names = new Map<Value | null, string>([[null, '']]);
  order.forEach((value, index) => names.set(value, value.op === 'Input' ? value.name : `v${index}`));
  const nodes = order
    .filter(({ op }) => op !== 'Input' && op !== 'Constant')
    .map((value) =>
      create(NodeProtoSchema, {
        opType: value.op,
        domain: value.domain,
        name: `${value.op}_${names.get(value) as string}`,
        input: value.inputs.map((input) => names.get(input) as string),
        output: outputsOf(value, names.get(value) as string),
        attribute: Object.entries(value.attributes).map(([name, attribute]) => attributeOf(name, attribute)),
      }),
    );
  // Outputs get their names here: one value may be two of them, or an input.
  const outputs = [...graph.outputs].map(([name, value]) =>
    create(NodeProtoSchema, {
      opType: 'Identity',
      name: `out_${name}`,
      input: [names.get(value) as string],
      output: [name],
    }),
  );
  const initializer = order
    .filter(({ op }) => op === 'Constant')
    .map((value) => {
      const { buffer, byteOffset, byteLength } = value.data as NonNullable<Value['data']>;
      const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
      const place = keep(bytes);
      return create(TensorProtoSchema, {
        name: names.get(value) as string,
        dims: value.shape.map((size) => BigInt(constantOf(size) as number)),
        dataType: onnxTypes[value.type],
        ...(place === null ? { rawData: bytes } : placedElsewhere(place)),
      });
    });
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'diglot',
    opsetImport: [
      { domain: '', version: operatorSet },
      { domain: 'com.microsoft', version: 1n },
    ],
    graph: create(GraphProtoSchema, {
      name: 'diglot',
      node: [...nodes, ...outputs],
      initializer,
      input: graph.inputs.map((value) => valueInfo(value.name, value)),
      output: [...graph.outputs].map(([name, value]) => valueInfo(name, value)),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

function placedElsewhere({ location, offset, length }: ExternalPlace) {
  const entries = { location, offset: String(offset), length: String(length) };
  return {
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  };
}

function outputsOf({ op }: Value, name: string): string[] {
  const unused = Array.from({ length: outputPlace[op] ?? 0 }, (_, place) => `${name}_${place}`);
  return [...unused, name];
}

function valueInfo(name: string, { type, shape }: Value): ValueInfoProto {
  const dimension = (size: Size) => {
    const known = constantOf(size);
    return known === null
      ? { value: { case: 'dimParam' as const, value: formatSize(size) } }
      : { value: { case: 'dimValue' as const, value: BigInt(known) } };
  };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: onnxTypes[type], shape: { dim: shape.map(dimension) } } } },
  });
}

function attributeOf(name: string, attribute: Attribute): AttributeProto {
  if ('int' in attribute) {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(attribute.int) });
  }
  if ('float' in attribute)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: attribute.float });
  if ('ints' in attribute) {
    return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: attribute.ints.map(BigInt) });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeType.STRING,
    s: new TextEncoder().encode(attribute.text),
  });
}
