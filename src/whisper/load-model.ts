/** Loading a model by its name, once a process however many nodes ask for it. */
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.ts';
import { modelDevice, modelHash } from '../tables/provenance.ts';
import { chooseDevice, type DeviceName } from '../tensors/backend.ts';
import type { CompileOptions } from '../tensors/compile/compile.ts';
import { graphFolder } from '../tensors/compile/graph-cache.ts';
import { providers } from '../tensors/compile/onnx-runtime.ts';
import { hashSources } from '../tensors/source-hash.ts';
import { adaptedName, openAdaptedModel } from './adapted-model.ts';
import { compiledModel } from './compiled-model.ts';
import { weightShapes, type Dimensions } from './dimensions.ts';
import { findModel } from './find-model.ts';
import type { SpeechModel } from './speech-model.ts';
import { loadWeights, type ComputePrecision } from './weights.ts';
import { whisperModel } from './whisper-model.ts';

export interface ModelOptions {
  readonly device: 'auto' | DeviceName;
  /** What the device `cpu` computes in (default f32); the others compute in f32. */
  readonly precision?: ComputePrecision;
  /** Adapters that are added to the weights: folders in PEFT layout, or names under models/adapters. */
  readonly adapter?: readonly string[];
  /** Refuses to fetch anything. */
  readonly offline?: boolean;
  /** Receives lines for the person who started the run: the device, the progress of a download. */
  readonly note?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Where models from the hub are kept, compiled graphs, and what else is worked out once; default ~/.cache/diglot. */
  readonly cacheFolder?: string | null;
  /** Keeps the compiled graphs for the next time; default true. Not worth it for weights that are used once. */
  readonly keepGraphs?: boolean;
  /** Is told the hash of the weights and the device (src/tables/provenance.ts). */
  readonly provenance?: Map<string, string>;
}

/** A model in use. `release` must be called once; the last release frees the weights. */
export interface AcquiredModel {
  readonly model: SpeechModel;
  readonly release: () => void;
}

interface Shared {
  users: number;
  readonly loading: Promise<SpeechModel>;
}
const loaded = new Map<string, Shared>();

/**
 * Loads a model or shares the copy that is there.
 * @throws UsageError `model`, `weights`, `tokenizer` or `device` with a sentence that names the file and the mend.
 */
export async function acquireModel(name: string, options: ModelOptions): Promise<AcquiredModel> {
  const { device, detail, release: releaseDevice } = await chooseDevice(options.device);
  try {
    const place = await findModel(name, options);
    const precision = device === 'cpu' ? (options.precision ?? 'f32') : 'f32';
    const adapters = options.adapter ?? [];
    const key = [precision, place, ...adapters].join(' ');
    let shared = loaded.get(key);
    if (shared === undefined) {
      const from = place.endsWith(name) ? '' : ` from ${place}`;
      options.note?.(
        `Loading ${adaptedName(name, adapters)}${from}; computing on ${device}: ${detail}${precision === 'f32' ? '' : `, ${precision}`}.`,
      );
      shared = { users: 0, loading: loadModel(name, place, device, precision, options) };
      loaded.set(key, shared);
    }
    const release = share(key, shared);
    try {
      const model = await shared.loading;
      options.provenance
        ?.set(modelHash(model.facts.name), model.facts.sha256)
        .set(modelDevice(model.facts.name), precision === 'f32' ? device : `${device} ${precision}`);
      return {
        model,
        release: () => {
          release();
          releaseDevice();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    releaseDevice();
    throw error;
  }
}

/** Counts a user in; gives what counts it out once, and frees the weights behind the last. */
function share(key: string, shared: Shared): () => void {
  shared.users += 1;
  let released = false;
  return () => {
    if (released) return;
    released = true;
    shared.users -= 1;
    if (shared.users > 0) return;
    if (loaded.get(key) === shared) loaded.delete(key);
    shared.loading.then(
      (model) => model.dispose(),
      () => undefined,
    );
  };
}

async function loadModel(
  name: string,
  place: string,
  device: DeviceName,
  precision: ComputePrecision,
  { signal, cacheFolder, keepGraphs = true, note, adapter = [] }: ModelOptions,
): Promise<SpeechModel> {
  const cache = { folder: graphFolder(cacheFolder), ...(note !== undefined && { note }) };
  const { dimensions, facts, tokenizer, source } = await openAdaptedModel(place, name, adapter, cache);
  try {
    checkRoom(name, device, dimensions);
    signal?.throwIfAborted();
    const provider = providers.find((provider) => provider === device);
    if (provider === undefined) {
      return whisperModel(facts, tokenizer, await loadWeights(source, dimensions, { signal }), dimensions);
    }
    const weights = new Map<string, tf.Tensor>();
    const options: CompileOptions = {
      provider,
      kept: keepGraphs
        ? {
            cache,
            title: `${name} ${precision}`,
            facts: { dimensions, weights: facts.sha256, precision, source: hashSources('whisper') },
          }
        : null,
      // Read when the first network has to be compiled; where all are kept they never are.
      async beforeTrace() {
        if (weights.size > 0) return;
        const tensors = await loadWeights(source, dimensions, { signal, precision });
        for (const [name, tensor] of tensors) weights.set(name, tensor);
      },
    };
    try {
      return await compiledModel(facts, tokenizer, weights, dimensions, options);
    } finally {
      tf.dispose([...weights.values()]);
    }
  } finally {
    await source.close();
  }
}

/**
 * WebAssembly addresses 4 GB, and the wasm backend keeps a second, packed copy of what it multiplies by.
 * @throws UsageError `device` when the model cannot fit: base and small do, medium does not.
 */
export function checkRoom(name: string, device: DeviceName, dimensions: Dimensions): void {
  let numbers = 0;
  for (const shape of weightShapes(dimensions).values()) numbers += shape.reduce((product, size) => product * size, 1);
  const gigabytes = (2 * 4 * numbers) / 1e9;
  if (device !== 'tfjs-wasm' || gigabytes < 3.5) return;
  throw new UsageError(
    'device',
    `${name} needs ${gigabytes.toFixed(1)} GB and tfjs-wasm has 4; build tfjs-node (scripts/build-tfjs-node.sh) or take a smaller model.`,
  );
}
