/** A model in the Hugging Face layout with its weights in 8, 16 or 32 bits. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { copyCompanions, wholeFolder } from './export-folder.ts';
import type { ExportOptions } from './export-options.ts';
import { weightShapes } from './dimensions.ts';
import { quantise } from './int8.ts';
import { hashFiles } from './model-files.ts';
import { floatsToHalves } from './number-formats.ts';
import { adaptedName, openAdaptedModel } from './adapted-model.ts';
import { writeSafetensors, type TensorToWrite } from './safetensors.ts';
import { checkShapes, type WeightSource } from './weights.ts';

export const safetensorsPrecisions = ['int8', 'f16', 'f32'] as const;
type Precision = (typeof safetensorsPrecisions)[number];

/**
 * `int8` keeps one scale a row for every matrix and convolution and the rest in 16 bits; `f16` and `f32` are what other
 * programs read. The folder appears whole or not at all.
 * @returns sha256 of the new weights.
 * @throws UsageError `model`, `weights` when the model is not sound; `export` when the folder cannot be made.
 */
export async function exportSafetensors(
  { from, to, origin, note, adapters = [] }: ExportOptions,
  precision: Precision,
): Promise<string> {
  return wholeFolder(to, async (folder) => {
    await copyCompanions(from, folder);
    const { dimensions, facts, source } = await openAdaptedModel(from, from, adapters);
    try {
      checkShapes(source, dimensions);
      const tensors = [...weightShapes(dimensions)].flatMap(([name, shape]) =>
        stored(source, name, shape, precision, note),
      );
      const weights = join(folder, 'model.safetensors');
      await writeSafetensors(weights, tensors, { format: 'pt', precision });
      await writeConfig(from, folder, precision);
      const sha256 = await hashFiles([weights]);
      const text = readme(
        basename(to),
        origin ?? adaptedName(basename(from), adapters),
        precision,
        facts.sha256,
        sha256,
      );
      await writeFile(join(folder, 'README.md'), text);
      return sha256;
    } finally {
      await source.close();
    }
  });
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
