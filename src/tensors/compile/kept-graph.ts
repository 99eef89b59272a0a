/** How a compiled graph lies on disk, and what decides over it. */
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { hashSources } from '../source-hash.ts';
import { inOrder, type Graph } from './graph.ts';
import { onnxRuntime, sessionOptions, type Provider } from './onnx-runtime.ts';
import { writeOnnx, type ExternalPlace } from './write-onnx.ts';

/** The file of an entry that a session is opened from; its weights lie beside it and are mapped into memory. */
export const graphName = 'graph.onnx';
const weightsName = 'weights.bin';
const recordedName = 'recorded.onnx';
const recordedWeightsName = 'recorded.bin';

/**
 * Smaller constants stay in the graph, where ONNX Runtime may read them: where it makes one Split of many slices it must,
 * and 144 of them are 1,152 bytes.
 */
const leastExternal = 16_384;
/** ONNX Runtime maps what begins at a page. */
const page = 4096;

/**
 * Writes a graph into the folder as ONNX Runtime opens it quickest and in the least memory: for the processor, optimised,
 * and with the weights packed for its products, which are then neither packed nor held twice in every process.
 */
export async function writeGraph(folder: string, graph: Graph, provider: Provider): Promise<void> {
  const recorded = provider === 'cpu' ? recordedName : graphName;
  const weights = provider === 'cpu' ? recordedWeightsName : weightsName;
  writeExternally(folder, graph, recorded, weights);
  if (provider !== 'cpu') return;
  const session = await onnxRuntime().InferenceSession.create(join(folder, recorded), {
    ...sessionOptions('cpu', {
      optimized_model_external_initializers_file_name: weightsName,
      optimized_model_external_initializers_min_size_in_bytes: String(leastExternal),
      save_external_prepacked_constant_initializers: packsSafely(graph) ? '1' : '0',
    }),
    optimizedModelFilePath: join(folder, graphName),
  });
  await session.release();
  for (const name of [recordedName, recordedWeightsName]) rmSync(join(folder, name));
}

/** ONNX Runtime 1.30 reads packed 4-bit weights back without the sums that belong to them, and then gives NaN. */
function packsSafely(graph: Graph): boolean {
  return !inOrder(graph.outputs.values(), ({ inputs }) => inputs).some(({ op }) => op === 'MatMulNBits');
}

/** The graph with its large constants in a file of their own: no copy of the weights is made in memory. */
function writeExternally(folder: string, graph: Graph, name: string, weightsFile: string): void {
  const file = openSync(join(folder, weightsFile), 'w');
  let end = 0;
  const keep = (bytes: Uint8Array): ExternalPlace | null => {
    if (bytes.byteLength < leastExternal) return null;
    const offset = Math.ceil(end / page) * page;
    end = offset + bytes.byteLength;
    for (let done = 0; done < bytes.byteLength;) {
      done += writeSync(file, bytes, done, Math.min(bytes.byteLength - done, 2 ** 30), offset + done);
    }
    return { location: weightsFile, offset, length: bytes.byteLength };
  };
  try {
    writeFileSync(join(folder, name), writeOnnx(graph, keep));
  } finally {
    closeSync(file);
  }
}

/** What decides over a compiled graph besides what is compiled: the compiler, its runtime, and the processor. */
export function compilerFacts(provider: Provider): object {
  return {
    compiler: hashSources('tensors'),
    tfjs: tf.version_core,
    onnxRuntime: onnxRuntime().env.versions.node,
    provider,
    processor: provider === 'cpu' ? processor() : null,
  };
}

/** Weights are packed for the instructions that the processor has. */
function processor(): string {
  const instructions = process.platform === 'linux' ? instructionSets() : undefined;
  return [process.platform, process.arch, instructions ?? cpus()[0]?.model ?? ''].join(' ');
}

/** The line of the first processor in Linux's list; it is called `Features` on ARM. */
function instructionSets(): string | undefined {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}
