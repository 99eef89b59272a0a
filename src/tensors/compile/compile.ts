/**
 * `compile` makes one ONNX Runtime session of a function over tfjs tensors. The function runs a few times on a backend
 * that records (recording.ts), once for each way in which a size may matter; the recordings become one graph for every
 * size (generalise.ts), which passes make faster (passes/) and which is written as ONNX (write-onnx.ts).
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { InferenceSession } from 'onnxruntime-node';
import { generalise, type Axis, type Recording } from './generalise.ts';
import type { Graph } from './graph.ts';
import { addEntry, findEntry, keyOf, removeEntry, type GraphCache } from './graph-cache.ts';
import { compilerFacts, graphName, writeGraph } from './kept-graph.ts';
import { recordingBackend } from './kernels.ts';
import { onnxRuntime, sessionOptions, type Provider } from './onnx-runtime.ts';
import { improve, type PassName } from './passes/passes.ts';
import type { NumberType } from './recording.ts';
import { samplesOf, type Sample } from './size.ts';
import { writeOnnx } from './write-onnx.ts';

/** Numbers and their shape: what a compiled function takes and gives. */
export interface NumberArray {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

export interface InputType {
  readonly type: 'float32' | 'int32';
  /** Numbers, and names of sizes that are known when the function runs; `{ times: 2, name: 'n' }` is twice n. */
  readonly shape: readonly (Axis | string)[];
}

export type Inputs = Readonly<Record<string, InputType>>;

/** A function over tensors, of which every input and every output has a name. */
export type Traceable = (inputs: Readonly<Record<string, tf.Tensor>>) => Readonly<Record<string, tf.Tensor>>;

/**
 * The graph of a function, for every size of its inputs.
 *
 * @param fn Pure: no value read back, and the same operators at all sizes. What it closes over (weights) was made by
 *   `recordingBackend().within`, or is moved there.
 * @throws Error that names the kernel that is not known, or the operator that another size changes.
 */
export function traceGraph(fn: Traceable, inputs: Inputs): Graph {
  const axes = new Map(
    Object.entries(inputs).map(([name, { type, shape }]): [string, { type: NumberType; shape: Axis[] }] => [
      name,
      { type, shape: shape.map((axis) => (typeof axis === 'string' ? { times: 1, name: axis } : axis)) },
    ]),
  );
  const twice = (made: object) => Object.keys(made).find((name) => name in inputs);
  const names = new Set<string>();
  for (const { shape } of axes.values()) for (const axis of shape) if (typeof axis !== 'number') names.add(axis.name);
  const backend = recordingBackend();
  const recordAt = (sample: Sample): Recording =>
    backend.within(() => {
      let recording: Recording = new Map();
      tf.tidy(() => {
        const given = [...axes].map(([name, { type, shape }]): [string, tf.Tensor] => {
          const sizes = shape.map((axis) =>
            typeof axis === 'number' ? axis : axis.times * (sample[axis.name] as number),
          );
          return [name, backend.input(name, sizes, type)];
        });
        const made = fn(Object.fromEntries(given));
        const name = twice(made);
        if (name !== undefined) throw new Error(`${name} is an input and an output; give one of them another name.`);
        recording = new Map(Object.entries(made).map(([name, tensor]) => [name, backend.recorded(tensor)]));
      });
      return recording;
    });
  return generalise(samplesOf([...names]).map(recordAt), axes, [...names]);
}

/** A function that ONNX Runtime computes. */
export interface CompiledFunction {
  /**
   * @param wanted Names of the outputs to fetch, or arrays in their shapes that the runtime writes them into; default all.
   */
  run(
    inputs: Readonly<Record<string, NumberArray>>,
    wanted?: readonly string[] | Readonly<Record<string, NumberArray>>,
  ): Promise<Record<string, NumberArray>>;
  /** Frees the session and its weights. */
  dispose(): Promise<void>;
}

/** @throws Error when ONNX Runtime does not load here or refuses the graph. */
export async function openGraph(
  graph: Graph,
  provider: Provider = 'cpu',
  options: RunOptions = {},
): Promise<CompiledFunction> {
  return openSession(await onnxRuntime().InferenceSession.create(writeOnnx(graph), optionsOf(provider, options)));
}

function optionsOf(provider: Provider, { training = false, keepsMemory = true }: RunOptions) {
  const entries = training ? { set_denormal_as_zero: '1' } : {};
  return { ...sessionOptions(provider, entries), enableCpuMemArena: keepsMemory };
}

function openSession(session: InferenceSession): CompiledFunction {
  const { Tensor } = onnxRuntime();
  const tensorsOf = (arrays: Readonly<Record<string, NumberArray>>) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { values, shape }]) => [
        name,
        values instanceof Float32Array ? new Tensor('float32', values, shape) : new Tensor('int32', values, shape),
      ]),
    );
  return {
    async run(inputs, wanted = session.outputNames) {
      const fetches = Array.isArray(wanted) ? (wanted as readonly string[]) : tensorsOf(wanted as typeof inputs);
      const fetched = await session.run(tensorsOf(inputs), fetches);
      return Object.fromEntries(
        Object.entries(fetched).map(([name, { data, dims }]) => [
          name,
          { values: data as Float32Array | Int32Array, shape: dims },
        ]),
      );
    },
    dispose: () => session.release(),
  };
}

/** How a session works. */
export interface RunOptions {
  /** For a step of training: numbers below 1e-38, which processors are slow with, are taken for 0. Default false. */
  readonly training?: boolean;
  /** Keeps the memory of a run for the next. Default true; not worth it where it is mostly large outputs. */
  readonly keepsMemory?: boolean;
}

export interface CompileOptions extends RunOptions {
  /** Passes to leave out. */
  readonly without?: readonly PassName[];
  /** What runs the graph; default cpu. */
  readonly provider?: Provider;
  /** Where the compiled graph is kept; default nowhere. */
  readonly kept?: KeptGraphs | null;
  /** What the function is called among those that are kept. */
  readonly name?: string;
  /** Is awaited before the function is run, which does not happen where its graph is kept: the time to read weights. */
  readonly beforeTrace?: () => Promise<void>;
}

export interface KeptGraphs {
  readonly cache: GraphCache;
  /** What the functions are made of, for people. */
  readonly title: string;
  /** All that decides over the functions: their own source, the weights that they close over. Plain data. */
  readonly facts: object;
}

/**
 * Passes whose operators a provider computes wrongly. WebGPU's MultiHeadAttention (ONNX Runtime 1.30, SwiftShader) is
 * right for 24 positions of Whisper base and off by 0.3 for 50, where the operators that it stands for are exact.
 */
const unsound: Partial<Record<Provider, readonly PassName[]>> = { webgpu: ['fuseAttention'] };

/** The function, compiled. See `traceGraph` and `openGraph`. */
export async function compile(fn: Traceable, inputs: Inputs, options: CompileOptions = {}): Promise<CompiledFunction> {
  const { provider = 'cpu', kept = null, name = '', beforeTrace } = options;
  const without = [...(options.without ?? []), ...(unsound[provider] ?? [])];
  const trace = async (): Promise<Graph> => {
    await beforeTrace?.();
    return improve(traceGraph(fn, inputs), without);
  };
  if (kept === null) return openGraph(await trace(), provider, options);

  const key = keyOf({ name, inputs, without, ...kept.facts, ...compilerFacts(provider) });
  const found = await openKept(await findEntry(kept.cache, key), provider, options);
  if (found !== null) return found;
  const graph = await trace();
  await removeEntry(kept.cache.folder, key);
  const title = [kept.title, name, provider].join(' ');
  const added = await addEntry(kept.cache, key, title, (folder) => writeGraph(folder, graph, provider));
  return (await openKept(added, provider, options)) ?? openGraph(graph, provider, options);
}

/** null when there is no entry, or none that opens: the cache may be cleared at any time. */
async function openKept(
  entry: string | null,
  provider: Provider,
  options: RunOptions,
): Promise<CompiledFunction | null> {
  if (entry === null) return null;
  const opening: InferenceSession.SessionOptions = {
    ...optionsOf(provider, options),
    // For the processor this was done before the graph was kept.
    graphOptimizationLevel: provider === 'cpu' ? 'disabled' : 'all',
  };
  try {
    return openSession(await onnxRuntime().InferenceSession.create(join(entry, graphName), opening));
  } catch {
    return null;
  }
}
