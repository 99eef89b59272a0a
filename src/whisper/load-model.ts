/** Loading a model by its name, once a process however many nodes ask for it. */
import { UsageError } from '../errors.ts';
import { modelDevice, modelHash } from '../tables/provenance.ts';
import { chooseDevice, type DeviceName } from '../tensors/backend.ts';
import { weightShapes, type Dimensions } from './dimensions.ts';
import { findModel } from './find-model.ts';
import { openModel } from './open-model.ts';
import type { SpeechModel } from './speech-model.ts';
import { loadWeights } from './weights.ts';
import { whisperModel } from './whisper-model.ts';

export interface ModelOptions {
  readonly device: 'auto' | DeviceName;
  /** Refuses to fetch anything. */
  readonly offline?: boolean;
  /** Receives lines for the person who started the run: the device, the progress of a download. */
  readonly note?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Where models from the hub are kept; default ~/.cache/diglot. */
  readonly cacheFolder?: string | null;
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
    let shared = loaded.get(place);
    if (shared === undefined) {
      const from = place.endsWith(name) ? '' : ` from ${place}`;
      options.note?.(`Loading ${name}${from}; computing on ${device}: ${detail}.`);
      shared = { users: 0, loading: loadModel(name, place, device, options.signal) };
      loaded.set(place, shared);
    }
    const release = share(place, shared);
    try {
      const model = await shared.loading;
      options.provenance?.set(modelHash(name), model.facts.sha256).set(modelDevice(name), device);
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
function share(place: string, shared: Shared): () => void {
  shared.users += 1;
  let released = false;
  return () => {
    if (released) return;
    released = true;
    shared.users -= 1;
    if (shared.users > 0) return;
    if (loaded.get(place) === shared) loaded.delete(place);
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
  signal: AbortSignal | undefined,
): Promise<SpeechModel> {
  const { dimensions, facts, tokenizer, source } = await openModel(place, name);
  try {
    checkRoom(name, device, dimensions);
    return whisperModel(facts, tokenizer, await loadWeights(source, dimensions, signal), dimensions);
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
