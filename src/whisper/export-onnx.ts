/**
 * A model as two ONNX files that hold no search and no batching of ours: an encoder and a decoder with a cache, which a
 * few lines in any language turn into a recogniser (the README beside them shows it). In f32 they use the operators of
 * the ONNX standard alone; int8 and int4 use those of ONNX Runtime too.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { traceGraph, type Inputs, type InputType, type Traceable } from '../tensors/compile/compile.ts';
import { improve } from '../tensors/compile/passes/passes.ts';
import { writeOnnx, type ExternalPlace } from '../tensors/compile/write-onnx.ts';
import { recordingBackend } from '../tensors/compile/kernels.ts';
import { causalMask, decode, encodeKeysAndValues, project } from './decoder.ts';
import { weightShapes, type Dimensions } from './dimensions.ts';
import { encode } from './encoder.ts';
import { copyCompanions, wholeFolder } from './export-folder.ts';
import { onnxReadme } from './export-onnx-readme.ts';
import type { ExportOptions } from './export-options.ts';
import type { KeysAndValues, Weights } from './layers.ts';
import { hashFiles } from './model-files.ts';
import { adaptedName, openAdaptedModel } from './adapted-model.ts';
import { loadWeights, type ComputePrecision } from './weights.ts';

export const onnxPrecisions = ['f32', 'int8', 'int4'] as const satisfies readonly ComputePrecision[];

/** A protobuf message has at most 2 GB: models whose weights come near keep them in a file beside the graph. */
const mostInside = 1_800_000_000;
const bytesOf32Bits = 4;

/**
 * @returns sha256 of both files, and of those beside them.
 * @throws UsageError `export` when the place is not free or the model is no Hugging Face folder; `model`, `weights`,
 *   `tokenizer` when it is not sound.
 */
export async function exportOnnx(
  { from, to, origin, note, adapters = [] }: ExportOptions,
  precision: ComputePrecision,
): Promise<string> {
  return wholeFolder(to, async (folder) => {
    await copyCompanions(from, folder);
    const { dimensions, facts, source } = await openAdaptedModel(from, from, adapters);
    const before = tf.engine().backendName as string | undefined;
    recordingBackend().use();
    try {
      const weights = await loadWeights(source, dimensions, { precision });
      // Attention as one operator is ONNX Runtime's own.
      const without = precision === 'f32' ? (['fuseAttention'] as const) : [];
      const apart = weightBytes(dimensions) > mostInside;
      const files: string[] = [];
      for (const [name, { fn, inputs }] of Object.entries(exportedNetworks(weights, dimensions))) {
        note?.(`Writing ${name}.onnx`);
        const graph = improve(traceGraph(fn, inputs), without);
        const data = apart ? openData(folder, `${name}.onnx.data`) : null;
        await writeFile(join(folder, `${name}.onnx`), writeOnnx(graph, data?.keep));
        data?.close();
        files.push(`${name}.onnx`, ...(apart ? [`${name}.onnx.data`] : []));
      }
      tf.dispose([...weights.values()]);
      const sha256 = await hashFiles(files.map((name) => join(folder, name)));
      const title = {
        name: basename(to),
        origin: origin ?? adaptedName(basename(from), adapters),
        originHash: facts.sha256,
        precision,
      };
      await writeFile(join(folder, 'README.md'), onnxReadme(title, files, dimensions));
      return sha256;
    } finally {
      if (before !== undefined) await tf.setBackend(before);
      await source.close();
    }
  });
}

function weightBytes(dimensions: Dimensions): number {
  const sizes = [...weightShapes(dimensions).values()].map((shape) =>
    shape.reduce((product, size) => product * size, 1),
  );
  return bytesOf32Bits * sizes.reduce((sum, size) => sum + size, 0);
}

/** A file that takes the bytes of constants, one behind the other. */
interface DataFile {
  readonly keep: (bytes: Uint8Array) => ExternalPlace | null;
  readonly close: () => void;
}

function openData(folder: string, location: string): DataFile {
  const file = openSync(join(folder, location), 'w');
  let offset = 0;
  return {
    keep: (bytes) => {
      if (bytes.length < 1024) return null;
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      const place = { location, offset, length: bytes.length };
      offset += bytes.length;
      return place;
    },
    close: () => closeSync(file),
  };
}

interface Network {
  readonly fn: Traceable;
  readonly inputs: Inputs;
}

function exportedNetworks(weights: Weights, dimensions: Dimensions): Record<'encoder' | 'decoder', Network> {
  const { bands, width, decoderLayers: layers, decoderHeads: heads } = dimensions;
  const float = (...shape: InputType['shape']): InputType => ({ type: 'float32', shape });
  return {
    encoder: {
      fn: ({ logMel }) => {
        const states = encode(logMel as tf.Tensor3D, weights, dimensions);
        return { states, ...named('audio', encodeKeysAndValues(states, weights, dimensions)) };
      },
      inputs: { logMel: float('utterances', bands, { times: 2, name: 'positions' }) },
    },
    decoder: {
      fn: ({ tokens, ...cache }) => {
        const past = layersOf(layers, 'past', cache);
        const [utterances, n] = (tokens as tf.Tensor2D).shape;
        const earlier = (past[0] as KeysAndValues).keys.shape[2];
        const step = decode(
          {
            tokens: tokens as tf.Tensor2D,
            places: tf.tile(tf.reshape(tf.range(earlier, earlier + n, 1, 'int32'), [1, n]), [utterances, 1]),
            among: causalMask(n),
            past: { layers: past, mask: tf.fill([1, 1, n, earlier], 0) },
            audio: layersOf(layers, 'audio', cache),
            audioMask: null,
          },
          weights,
          dimensions,
        );
        const present = step.present.map(({ keys, values }, layer) => ({
          keys: tf.concat([(past[layer] as KeysAndValues).keys, keys], 2),
          values: tf.concat([(past[layer] as KeysAndValues).values, values], 2),
        }));
        return { logits: project(step.states, weights), ...named('present', present) };
      },
      inputs: {
        tokens: { type: 'int32', shape: ['utterances', 'tokens'] },
        ...perLayer(layers, 'past', float('utterances', heads, 'past', width / heads)),
        ...perLayer(layers, 'audio', float('utterances', heads, 'positions', width / heads)),
      },
    },
  };
}

function perLayer(layers: number, what: string, type: InputType): Inputs {
  const names = Array.from({ length: layers }, (_, layer) => [`${what}Keys${layer}`, `${what}Values${layer}`]).flat();
  return Object.fromEntries(names.map((name) => [name, type]));
}

function named(what: string, layers: readonly KeysAndValues[]): Record<string, tf.Tensor> {
  return Object.fromEntries(
    layers.flatMap(({ keys, values }, layer) => [
      [`${what}Keys${layer}`, keys],
      [`${what}Values${layer}`, values],
    ]),
  );
}

function layersOf(layers: number, what: string, tensors: Readonly<Record<string, tf.Tensor>>): KeysAndValues[] {
  return Array.from({ length: layers }, (_, layer) => ({
    keys: tensors[`${what}Keys${layer}`] as tf.Tensor4D,
    values: tensors[`${what}Values${layer}`] as tf.Tensor4D,
  }));
}
