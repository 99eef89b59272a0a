/**
 * Low-rank adapters as PEFT stores them (huggingface/peft, LoraConfig): a folder with adapter_config.json and
 * adapter_model.safetensors, in which a linear map W [out, in] has lora_A [rank, in] and lora_B [out, rank] and becomes
 * W + scale B A, scale = lora_alpha / r.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { hashFiles } from './model-files.ts';
import { asNumbers, bfloatsToFloats, floatsToHalves, halvesToFloats } from './number-formats.ts';
import { openSafetensors, writeSafetensors, type SafetensorsFile } from './safetensors.ts';

/** The two matrices of a linear map, row after row. */
export interface LowRankPair {
  readonly rank: number;
  readonly input: number;
  readonly output: number;
  /** rank x input. */
  readonly a: Float32Array;
  /** output x rank. */
  readonly b: Float32Array;
}

export interface Adapter {
  readonly path: string;
  readonly sha256: string;
  readonly rank: number;
  readonly alpha: number;
  readonly scale: number;
  /** By the name of the linear map in Hugging Face's model: model.decoder.layers.0.self_attn.q_proj. */
  readonly pairs: ReadonlyMap<string, LowRankPair>;
}

export const adapterFiles = { config: 'adapter_config.json', weights: 'adapter_model.safetensors' } as const;

const none = z.union([z.null(), z.literal(false), z.array(z.never()), z.strictObject({})]).optional();

/** What diglot reads of an adapter_config.json. What would change the mathematics and is not read must be absent. */
const configSchema = z.looseObject({
  peft_type: z.literal('LORA'),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().default(false),
  bias: z.literal('none').default('none'),
  fan_in_fan_out: z.literal(false).default(false),
  use_dora: none,
  modules_to_save: none,
  rank_pattern: none,
  alpha_pattern: none,
  layer_replication: none,
});

const prefix = 'base_model.model.';
const stored = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/;

/**
 * @throws UsageError `adapter` naming the file and the fault; `weights` when the safetensors file is missing or not sound.
 */
export async function readAdapter(folder: string): Promise<Adapter> {
  const config = await readConfig(join(folder, adapterFiles.config));
  const path = join(folder, adapterFiles.weights);
  const file = await openSafetensors(path);
  try {
    const halves = new Map<string, Partial<Record<'A' | 'B', Float32Array>>>();
    const sizes = new Map<string, Partial<Record<'A' | 'B', readonly number[]>>>();
    for (const [name, { shape }] of file.tensors) {
      const [, target, half] = stored.exec(name) ?? [];
      if (target === undefined || shape.length !== 2) {
        throw broken(path, `it holds ${name} [${shape.join(', ')}], which is no matrix of a low-rank adapter`);
      }
      halves.set(target, { ...halves.get(target), [half as 'A' | 'B']: await readFloats(file, name) });
      sizes.set(target, { ...sizes.get(target), [half as 'A' | 'B']: shape });
    }
    const pairs = new Map<string, LowRankPair>();
    for (const [target, { A: a, B: b }] of halves) {
      const [rank, input] = sizes.get(target)?.A ?? [];
      const [output, other] = sizes.get(target)?.B ?? [];
      if (a === undefined || b === undefined) throw broken(path, `${target} has only one of lora_A and lora_B`);
      if (rank !== config.r || other !== config.r) {
        throw broken(
          path,
          `${target} has matrices of rank ${rank} and ${other}, and the configuration says ${config.r}`,
        );
      }
      if (![...a, ...b].every(Number.isFinite)) throw broken(path, `${target} holds NaN or infinite numbers`);
      pairs.set(target, { rank, input: input as number, output: output as number, a, b });
    }
    if (pairs.size === 0) throw broken(path, 'it holds no matrices');
    const { r: rank, lora_alpha: alpha, use_rslora } = config;
    const scale = alpha / (use_rslora ? Math.sqrt(rank) : rank);
    const sha256 = await hashFiles([path, join(folder, adapterFiles.config)]);
    return { path: folder, sha256, rank, alpha, scale, pairs };
  } finally {
    await file.close();
  }
}

/** What `writeAdapter` writes beside the matrices. */
export interface AdapterFacts {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Name and sha256 of the base's weights. */
  readonly base: { readonly name: string; readonly sha256: string };
  /** Of the numbers in the file; default f32. */
  readonly precision?: 'f16' | 'f32';
}

/** Into a folder that is there. The same adapter gives the same bytes. */
export async function writeAdapter(
  folder: string,
  { rank, alpha, dropout, base, precision = 'f32' }: AdapterFacts,
  pairs: ReadonlyMap<string, LowRankPair>,
): Promise<void> {
  const config = {
    base_model_name_or_path: base.name,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    target_modules: [...pairs.keys()],
    task_type: null,
    use_dora: false,
    use_rslora: false,
  };
  await writeFile(join(folder, adapterFiles.config), `${JSON.stringify(config, null, 2)}\n`);
  await writeSafetensors(
    join(folder, adapterFiles.weights),
    [...pairs].flatMap(([name, { input, output, a, b }]) =>
      [
        { half: 'A', shape: [rank, input], values: a },
        { half: 'B', shape: [output, rank], values: b },
      ].map(({ half, shape, values }) => ({
        name: `${prefix}${name}.lora_${half}.weight`,
        format: precision === 'f16' ? ('F16' as const) : ('F32' as const),
        shape,
        read: () => Promise.resolve(bytesOf(precision === 'f16' ? floatsToHalves(values) : values)),
      })),
    ),
    { format: 'pt', base_sha256: base.sha256 },
  );
}

function bytesOf(numbers: Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

async function readConfig(path: string): Promise<z.output<typeof configSchema>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw broken(path, (error as Error).message, error);
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}; diglot reads plain LoRA`);
}

async function readFloats(file: SafetensorsFile, name: string): Promise<Float32Array> {
  const bytes = await file.readBytes(name);
  const format = file.tensors.get(name)?.format;
  if (format === 'F32') return asNumbers(bytes, Float32Array);
  if (format === 'F16') return halvesToFloats(asNumbers(bytes, Uint16Array));
  if (format === 'BF16') return bfloatsToFloats(asNumbers(bytes, Uint16Array));
  throw broken(file.path, `${name} is ${format ?? 'missing'} and not F32, F16 or BF16`);
}

function broken(path: string, fault: string, cause?: unknown): UsageError {
  return new UsageError('adapter', `${path} is no adapter that can be used: ${fault}.`, { cause });
}
