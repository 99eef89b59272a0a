/** Writing a model in the Hugging Face layout with its weights in 8, 16 or 32 bits: the core of `diglot export`. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { weightShapes } from './dimensions.ts';
import { quantise } from './int8.ts';
import { hashFiles } from './model-files.ts';
import { floatsToHalves } from './number-formats.ts';
import { openModel } from './open-model.ts';
import { writeSafetensors, type TensorToWrite } from './safetensors.ts';
import { checkShapes, type WeightSource } from './weights.ts';

export const precisions = ['int8', 'f16', 'f32'] as const;
export type Precision = (typeof precisions)[number];

export interface ExportOptions {
  /** Folder of a model in the Hugging Face layout. */
  readonly from: string;
  /** Folder to make; it must not be there. */
  readonly to: string;
  readonly precision: Precision;
  /** What the README says that the model is; default the folder's name. */
  readonly origin?: string;
  readonly note?: (message: string) => void;
}

/** Copied as they are. `vocab.json` and `merges.txt` say again what tokenizer.json says. */
const copied = /^(tokenizer\.json|generation_config\.json|preprocessor_config\.json|LICEN[CS]E(\.\w+)?)$/;

/**
 * `int8` keeps one scale a row for every matrix and convolution and the rest in 16 bits; `f16` and `f32` are what other
 * programs read. The folder appears whole or not at all.
 * @returns sha256 of the new weights.
 * @throws UsageError `model`, `weights` when the model is not sound; `export` when the folder cannot be made.
 */
export async function exportModel({ from, to, precision, origin, note }: ExportOptions): Promise<string> {
  if (existsSync(to)) throw new UsageError('export', `${to} is there already; name a folder that is not.`);
  if (!existsSync(join(from, 'tokenizer.json'))) {
    throw new UsageError('export', `${from} is no Hugging Face folder with a tokenizer.json, which an export needs.`);
  }
  const { dimensions, facts, source } = await openModel(from, from);
  const unfinished = `${to}.incomplete`;
  try {
    checkShapes(source, dimensions);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    const tensors = [...weightShapes(dimensions)].flatMap(([name, shape]) =>
      stored(source, name, shape, precision, note),
    );
    const weights = join(unfinished, 'model.safetensors');
    await writeSafetensors(weights, tensors, { format: 'pt', precision });
    for (const name of await readdir(from)) {
      // Not copyFile, which would also copy that a file may not be written.
      if (copied.test(name)) await writeFile(join(unfinished, name), await readFile(join(from, name)));
    }
    await writeConfig(from, unfinished, precision);
    const sha256 = await hashFiles([weights]);
    await writeFile(
      join(unfinished, 'README.md'),
      readme(basename(to), origin ?? basename(from), precision, facts.sha256, sha256),
    );
    await rename(unfinished, to);
    return sha256;
  } finally {
    await source.close();
    await rm(unfinished, { recursive: true, force: true });
  }
}

function stored(
  source: WeightSource,
  name: string,
  shape: readonly number[],
  precision: Precision,
  note?: (message: string) => void,
): TensorToWrite[] {
  if (precision === 'f32') return [{ name, format: 'F32', shape, read: async () => bytesOf(await source.read(name)) }];
  if (precision === 'f16' || shape.length === 1 || name.endsWith('embed_positions.weight')) {
    return [{ name, format: 'F16', shape, read: async () => bytesOf(floatsToHalves(await source.read(name))) }];
  }
  const rows = shape[0] as number;
  let scales: Float32Array = new Float32Array();
  return [
    {
      name,
      format: 'I8',
      shape,
      read: async () => {
        note?.(`Quantising ${name}`);
        const matrix = quantise(await source.read(name), rows);
        scales = matrix.scales;
        return bytesOf(matrix.values);
      },
    },
    // Written right behind its matrix, so the scales are known when their turn comes.
    { name: `${name}.scale`, format: 'F32', shape: [rows], read: async () => bytesOf(scales) },
  ];
}

function bytesOf(numbers: Int8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

async function writeConfig(from: string, to: string, precision: Precision): Promise<void> {
  const { quantization_config: _, ...config } = JSON.parse(await readFile(join(from, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const written = {
    ...config,
    torch_dtype: precision === 'f32' ? 'float32' : 'float16',
    ...(precision === 'int8' && {
      quantization_config: {
        quant_method: 'diglot',
        bits: 8,
        scheme: 'symmetric, one scale for each output channel (row), in <name>.scale',
        kept_in_float16: 'biases, layer norms, positions',
      },
    }),
  };
  await writeFile(join(to, 'config.json'), `${JSON.stringify(written, null, 2)}\n`);
}

function readme(name: string, origin: string, precision: Precision, originHash: string, hash: string): string {
  const form =
    precision === 'int8'
      ? 'Matrices and convolutions are stored in 8 bits with one scale for each output channel (`<name>.scale`), chosen to make the\nsquared rounding error least; biases, layer norms and positions are in 16 bits.'
      : `Weights are stored as ${precision}.`;
  return `# ${name}

Written by \`diglot export --precision ${precision}\` from ${origin}
(sha256 of its weights ${originHash}).

${form}

| file | sha256 |
| --- | --- |
| model.safetensors | ${hash} |

The licence is that of the original model and lies beside this file where the original came with one.
`;
}
