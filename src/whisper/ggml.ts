/**
 * Whisper models in one file as whisper.cpp has them (models/convert-pt-to-ggml.py): magic, sizes, mel filters,
 * vocabulary, then tensors under openai-whisper's names, each with its own number format.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { weightShapes, type Dimensions } from './dimensions.ts';
import { ggmlFormats, type GgmlFormat } from './ggml-formats.ts';
import { cannotOpen, readExactly } from './read-exactly.ts';
import type { WeightSource } from './weights.ts';

export interface GgmlModel {
  readonly dimensions: Dimensions;
  /** The bytes of each ordinary token, by id. */
  readonly vocabulary: readonly Uint8Array[];
  readonly source: WeightSource;
}

export const ggmlMagic = 0x67676d6c;
/** Bytes read at once: the vocabulary alone is 100,000 small pieces. */
const readAhead = 1 << 18;
/** Sizes beyond any Whisper model; a broken file must not ask for memory. */
const most = { size: 1_000_000, token: 1024, name: 256, filters: 1 << 22 };

/** @throws UsageError `weights` when the file is missing, is not whisper.cpp's or is broken. */
export async function openGgml(path: string): Promise<GgmlModel> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw cannotOpen(path, error);
  });
  try {
    return await readModel(path, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readModel(path: string, file: FileHandle): Promise<GgmlModel> {
  const { size } = await file.stat();
  let position = 0;
  let window: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() };
  const take = async (length: number): Promise<Uint8Array> => {
    if (!(length >= 0 && length <= size - position))
      throw broken(path, `it ends within the ${length} bytes at ${position}`);
    const inside = position >= window.start && position + length <= window.start + window.bytes.length;
    if (!inside) {
      const wanted = Math.min(Math.max(length, readAhead), size - position);
      window = { start: position, bytes: await readExactly(path, file, position, wanted) };
    }
    const from = position - window.start;
    position += length;
    return window.bytes.slice(from, from + length);
  };
  const takeInts = async (count: number): Promise<number[]> => {
    const bytes = await take(4 * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
  };
  const takeSize = async (what: string, limit: number): Promise<number> => {
    const [value = 0] = await takeInts(1);
    if (value < 0 || value > limit) throw broken(path, `${what} is ${value} at byte ${position - 4}`);
    return value;
  };

  if ((await takeInts(1))[0] !== ggmlMagic) throw broken(path, 'it does not begin with "ggml"');
  const dimensions = dimensionsOf(path, await takeInts(11));
  const filters =
    (await takeSize('the number of mel bands', most.size)) * (await takeSize('the mel filters', most.size));
  if (filters > most.filters) throw broken(path, `it has ${filters} mel filter weights`);
  await take(4 * filters);
  const vocabulary: Uint8Array[] = [];
  const count = await takeSize('the number of tokens', dimensions.vocabularySize);
  for (let i = 0; i < count; i++) vocabulary.push(await take(await takeSize('the length of a token', most.token)));

  const tensors = new Map<string, Tensor>();
  while (position < size) {
    const [axes = 0, nameLength = 0, formatNumber = 0] = await takeInts(3);
    if (axes < 1 || axes > 4 || nameLength < 1 || nameLength > most.name)
      throw broken(path, `no tensor at byte ${position - 12}`);
    const shape = (await takeInts(axes)).reverse();
    const name = Buffer.from(await take(nameLength)).toString('latin1');
    const format = ggmlFormats.get(formatNumber);
    if (format === undefined) {
      throw broken(
        path,
        `tensor ${name} is in format ${formatNumber}; diglot reads F32, F16, Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0`,
      );
    }
    const numbers = shape.reduce((product, length) => product * length, 1);
    const bytes = (numbers / format.block) * format.bytes;
    if (!(Math.min(...shape) > 0 && Number.isInteger(bytes) && bytes <= size - position)) {
      throw broken(path, `tensor ${name}, [${shape.join(', ')}] in ${format.name}, does not fit the file`);
    }
    if (tensors.has(name)) throw broken(path, `it holds ${name} twice`);
    tensors.set(name, { position, bytes, numbers, format });
    position += bytes;
  }
  return { dimensions, vocabulary, source: sourceOf(path, file, dimensions, tensors) };
}

interface Tensor {
  readonly position: number;
  readonly bytes: number;
  readonly numbers: number;
  readonly format: GgmlFormat;
}

function dimensionsOf(path: string, sizes: readonly number[]): Dimensions {
  if (sizes.slice(0, 10).some((size) => size < 1 || size > most.size)) {
    throw broken(path, `its sizes are ${sizes.join(', ')}`);
  }
  const [vocabularySize, audioPositions, width, encoderHeads, encoderLayers] = sizes as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [textPositions, textWidth, decoderHeads, decoderLayers, bands] = sizes.slice(5) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (width !== textWidth || width % encoderHeads !== 0 || width % decoderHeads !== 0) {
    throw broken(path, `widths of ${width} and ${textWidth} do not go with ${encoderHeads} and ${decoderHeads} heads`);
  }
  if (Math.max(encoderLayers, decoderLayers) > 1000)
    throw broken(path, `it has ${encoderLayers} and ${decoderLayers} layers`);
  // Every Whisper model has four times its width between the two linear maps of a layer.
  const inner = { encoderInner: 4 * width, decoderInner: 4 * width };
  return {
    bands,
    width,
    encoderLayers,
    encoderHeads,
    decoderLayers,
    decoderHeads,
    ...inner,
    vocabularySize,
    audioPositions,
    textPositions,
  };
}

/** Under Hugging Face's names and shapes: the same numbers in the same order, but for axes of length 1. */
function sourceOf(
  path: string,
  file: FileHandle,
  dimensions: Dimensions,
  tensors: ReadonlyMap<string, Tensor>,
): WeightSource {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of weightShapes(dimensions)) {
    const tensor = tensors.get(openaiName(name));
    if (tensor === undefined) continue;
    const fits = tensor.numbers === shape.reduce((product, length) => product * length, 1);
    shapes.set(name, fits ? shape : [tensor.numbers]);
  }
  return {
    path,
    shapes,
    read: async (name) => {
      const tensor = tensors.get(openaiName(name));
      if (tensor === undefined) throw broken(path, `it holds no ${openaiName(name)}`);
      return tensor.format.toFloats(await readExactly(path, file, tensor.position, tensor.bytes));
    },
    close: () => file.close(),
  };
}

const renamed: readonly (readonly [RegExp, string])[] = [
  [/^model\./, ''],
  [/embed_positions\.weight$/, 'positional_embedding'],
  [/embed_tokens/, 'token_embedding'],
  [/^encoder\.layer_norm/, 'encoder.ln_post'],
  [/^decoder\.layer_norm/, 'decoder.ln'],
  [/layers\./, 'blocks.'],
  [/self_attn_layer_norm/, 'attn_ln'],
  [/encoder_attn_layer_norm/, 'cross_attn_ln'],
  [/self_attn/, 'attn'],
  [/encoder_attn/, 'cross_attn'],
  [/q_proj/, 'query'],
  [/k_proj/, 'key'],
  [/v_proj/, 'value'],
  [/out_proj/, 'out'],
  [/fc1/, 'mlp.0'],
  [/fc2/, 'mlp.2'],
  [/final_layer_norm/, 'mlp_ln'],
];

/** openai-whisper's name of a weight that Hugging Face names so. */
export function openaiName(name: string): string {
  return renamed.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), name);
}

function broken(path: string, fault: string): UsageError {
  return new UsageError(
    'weights',
    `${path} is not a sound ggml file of whisper.cpp: ${fault}; fetch or convert it again.`,
  );
}
