/** A Whisper network of a few thousand random weights, as a Hugging Face folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { charactersOf } from '../../src/whisper/byte-level.ts';
import { dimensionsOf, weightShapes, configSchema, type Dimensions } from '../../src/whisper/dimensions.ts';
import { writeSafetensors } from '../../src/whisper/safetensors.ts';

const timestamps = 1501;
const merges = ['h e', 'l l', 'he ll', 'hell o'];
/** Byte-level tokens in the order in which GPT-2 numbers them, then what the merges make. */
const ordinary = [
  ...Array.from({ length: 256 }, (_, byte) => charactersOf(Uint8Array.of(byte))),
  ...merges.map((merge) => merge.replace(' ', '')),
];
const special = [
  ...['<|endoftext|>', '<|startoftranscript|>', '<|en|>', '<|zh|>', '<|translate|>', '<|transcribe|>'],
  ...['<|startoflm|>', '<|startofprev|>', '<|nospeech|>', '<|notimestamps|>'],
];

export const tinyConfig = {
  model_type: 'whisper',
  num_mel_bins: 80,
  d_model: 16,
  encoder_layers: 2,
  encoder_attention_heads: 2,
  encoder_ffn_dim: 64,
  decoder_layers: 2,
  decoder_attention_heads: 4,
  decoder_ffn_dim: 64,
  vocab_size: ordinary.length + special.length + timestamps,
  max_source_positions: 40,
  max_target_positions: 24,
};

export const tinyDimensions: Dimensions = dimensionsOf(configSchema.parse(tinyConfig));

/** Uniform in [-1, 1), the same for the same seed (Mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** By Hugging Face's names, in its layout. Large enough to matter: attention that is not nearly even. */
export function tinyWeights(seed = 1): Map<string, Float32Array> {
  const next = randomNumbers(seed);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of weightShapes(tinyDimensions)) {
    const length = shape.reduce((product, size) => product * size, 1);
    const offset = /layer_norm\.weight$/.test(name) ? 1 : 0;
    const size = shape.length === 1 ? 0.2 : 1.5 / Math.sqrt(length / (shape[0] as number));
    weights.set(
      name,
      Float32Array.from({ length }, () => offset + size * next()),
    );
  }
  return weights;
}

export interface TinyModelOptions {
  readonly weights?: ReadonlyMap<string, Float32Array>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly generation?: Readonly<Record<string, unknown>>;
}

/** Writes the folder and gives its path. */
export async function writeTinyModel(folder: string, options: TinyModelOptions = {}): Promise<string> {
  await mkdir(folder, { recursive: true });
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await json('config.json', { ...tinyConfig, ...options.config });
  await json('generation_config.json', {
    alignment_heads: [
      [1, 0],
      [1, 3],
    ],
    is_multilingual: true,
    ...options.generation,
  });
  await json('tokenizer.json', tinyTokenizer());
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    [...(options.weights ?? tinyWeights())].map(([name, values]) => ({
      name,
      format: 'F32',
      shape: weightShapes(tinyDimensions).get(name) ?? [values.length],
      read: () => Promise.resolve(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
    })),
  );
  return folder;
}

function tinyTokenizer() {
  const timestamp = (index: number) => `<|${(index * 0.02).toFixed(2)}|>`;
  const added = [...special, ...Array.from({ length: timestamps }, (_, index) => timestamp(index))];
  return {
    added_tokens: added.map((content, index) => ({ id: ordinary.length + index, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(ordinary.map((token, id) => [token, id])), merges },
  };
}

/** Tokens of the tiny vocabulary as a ggml file lists them. */
export const tinyVocabulary: readonly Uint8Array[] = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...merges.map((merge) => Buffer.from(merge.replace(' ', ''))),
];
