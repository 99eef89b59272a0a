/**
 * A Whisper model in the Hugging Face layout: config.json, generation_config.json, the tokenizer's files, and
 * model.safetensors in one piece or in several with an index.
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { configSchema, type Config } from './dimensions.ts';
import { dequantise, type Int8Matrix } from './int8.ts';
import { asNumbers, bfloatsToFloats, halvesToFloats } from './number-formats.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors.ts';
import type { WeightSource } from './weights.ts';

const ids = z.array(z.number().int().nonnegative());

/** What diglot reads of a generation_config.json. */
const generationSchema = z.looseObject({
  alignment_heads: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])).optional(),
  suppress_tokens: ids.nullish(),
  begin_suppress_tokens: ids.nullish(),
  is_multilingual: z.boolean().optional(),
  lang_to_id: z.record(z.string(), z.number().int().nonnegative()).optional(),
});
export type GenerationConfig = z.output<typeof generationSchema>;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** @throws UsageError `model` naming the file and the field. */
export async function readConfig(folder: string): Promise<Config> {
  const path = join(folder, 'config.json');
  const config = await readJson(path, configSchema);
  if (config === null) throw new UsageError('model', `${path} does not exist; ${folder} is not a Hugging Face model.`);
  return config;
}

/** Empty when the model has none. @throws UsageError `model` naming the file and the field. */
export async function readGenerationConfig(folder: string): Promise<GenerationConfig> {
  return (await readJson(join(folder, 'generation_config.json'), generationSchema)) ?? {};
}

/** `null` when there is no such file. */
async function readJson<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UsageError('model', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError('model', `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new UsageError('model', `${path} does not describe a Whisper model: ${faults.join('; ')}`);
}

/** Weight files of the folder, in the order of their names. @throws UsageError `weights`. */
export async function weightFiles(folder: string): Promise<string[]> {
  const indexPath = join(folder, 'model.safetensors.index.json');
  const index = await readJson(indexPath, indexSchema);
  if (index === null) return [join(folder, 'model.safetensors')];
  const names = [...new Set(Object.values(index.weight_map))].sort();
  for (const name of names) {
    if (!/^[\w.-]+\.safetensors$/.test(name)) {
      throw new UsageError('weights', `${indexPath} names ${JSON.stringify(name)}, which is no file of its folder.`);
    }
  }
  return names.map((name) => join(folder, name));
}

/** @throws UsageError `weights` when a file is missing or broken. */
export async function openWeights(folder: string): Promise<WeightSource> {
  const files: SafetensorsFile[] = [];
  const close = async () => {
    await Promise.all(files.map((file) => file.close()));
  };
  try {
    for (const path of await weightFiles(folder)) files.push(await openSafetensors(path));
  } catch (error) {
    await close();
    throw error;
  }
  const places = new Map<string, { readonly file: SafetensorsFile; readonly stored: string }>();
  for (const file of files) {
    for (const stored of file.tensors.keys()) {
      // A bare WhisperModel is saved without the prefix that WhisperForConditionalGeneration puts before it.
      const name = /^(en|de)coder\./.test(stored) ? `model.${stored}` : stored;
      places.set(name, { file, stored });
    }
  }
  return {
    path: folder,
    shapes: new Map([...places].map(([name, { file, stored }]) => [name, file.tensors.get(stored)?.shape ?? []])),
    read: async (name) => {
      const place = places.get(name);
      if (place === undefined) throw new UsageError('weights', `${folder} holds no weight ${name}.`);
      return readFloats(place.file, place.stored);
    },
    readInt8: async (name) => {
      const place = places.get(name);
      return place?.file.tensors.get(place.stored)?.format === 'I8' ? readMatrix(place.file, place.stored) : null;
    },
    close,
  };
}

async function readFloats(file: SafetensorsFile, name: string): Promise<Float32Array> {
  const { format } = file.tensors.get(name) ?? {};
  if (format === 'I8') {
    const { values, scales } = await readMatrix(file, name);
    return dequantise(values, scales);
  }
  const bytes = await file.readBytes(name);
  if (format === 'F32') return asNumbers(bytes, Float32Array);
  if (format === 'F16') return halvesToFloats(asNumbers(bytes, Uint16Array));
  if (format === 'BF16') return bfloatsToFloats(asNumbers(bytes, Uint16Array));
  throw new UsageError(
    'weights',
    `${file.path}: ${name} is ${format ?? 'missing'}; diglot reads F32, F16, BF16 and its own I8 with scales.`,
  );
}

async function readMatrix(file: SafetensorsFile, name: string): Promise<Int8Matrix> {
  const { shape } = file.tensors.get(name) ?? {};
  const scale = file.tensors.get(`${name}.scale`);
  if (scale?.format !== 'F32' || scale.shape.length !== 1 || scale.shape[0] !== shape?.[0]) {
    throw new UsageError('weights', `${file.path}: ${name} is I8 without ${name}.scale, F32 with one value a row.`);
  }
  const scales = asNumbers(await file.readBytes(`${name}.scale`), Float32Array);
  return { values: asNumbers(await file.readBytes(name), Int8Array), scales };
}

/** Hex sha256 of the file, or of the list of the files' hashes when there are several. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hashes: string[] = [];
  // One piece of memory for all: a stream allocates its pieces faster than they are collected.
  const piece = Buffer.allocUnsafe(1 << 20);
  for (const path of paths) {
    const hash = createHash('sha256');
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(piece);
        if (bytesRead === 0) break;
        hash.update(piece.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
    hashes.push(hash.digest('hex'));
  }
  const [only = ''] = hashes;
  return hashes.length === 1 ? only : createHash('sha256').update(hashes.join('\n')).digest('hex');
}
