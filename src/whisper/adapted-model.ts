/**
 * A model with adapters in it: every weight is read as W + share scale B A, summed over the adapters, so that whatever is
 * made of the model (networks on any device and in any precision, exports) needs to know nothing of them.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../errors.ts';
import type { GraphCache } from '../tensors/compile/graph-cache.ts';
import { readAdapter, type Adapter, type LowRankPair } from './adapter-file.ts';
import { findAdapter } from './find-adapter.ts';
import { openModel, type OpenModel } from './open-model.ts';
import type { WeightSource } from './weights.ts';

/**
 * @param place As of `openModel`; `cache` too.
 * @param adapters Names as of `findAdapter`; none opens the model alone.
 * @throws UsageError `adapter` when one is not there or does not suit the model; what `openModel` throws.
 */
export async function openAdaptedModel(
  place: string,
  name: string,
  adapters: readonly string[],
  cache: GraphCache | null = null,
): Promise<OpenModel> {
  const model = await openModel(place, name, cache);
  if (adapters.length === 0) return model;
  try {
    const read = await openAdapters(adapters, model);
    const hashes = [model.facts.sha256, ...read.map(({ sha256 }) => sha256)];
    const sha256 = createHash('sha256').update(hashes.join('\n')).digest('hex');
    return {
      ...model,
      facts: { ...model.facts, name: adaptedName(name, adapters), sha256 },
      source: adaptedSource(model.source, read),
    };
  } catch (error) {
    await model.source.close();
    throw error;
  }
}

/**
 * Adapters whose scales and hashes have the shares that were asked for.
 * @param names As of `findAdapter`.
 * @throws UsageError `adapter` when one is not there, is not sound, or does not suit the model.
 */
export async function openAdapters(names: readonly string[], model: OpenModel): Promise<Adapter[]> {
  const read: Adapter[] = [];
  for (const name of names) {
    const { folder, share } = findAdapter(name);
    const whole = await readAdapter(folder);
    checkSuits(whole, model);
    read.push(share === 1 ? whole : { ...whole, scale: share * whole.scale, sha256: `${whole.sha256}@${share}` });
  }
  return read;
}

/** What a model with adapters is called, in records and messages. */
export function adaptedName(name: string, adapters: readonly string[]): string {
  return [name, ...adapters].join(' + ');
}

function checkSuits({ path, pairs }: Adapter, { source, facts }: OpenModel): void {
  for (const [name, { input, output }] of pairs) {
    const shape = source.shapes.get(`${name}.weight`);
    if (shape?.join() === [output, input].join()) continue;
    const what = shape === undefined ? 'does not have' : `has with the shape [${shape.join(', ')}]`;
    throw new UsageError(
      'adapter',
      `${path} was made for another model: it changes ${name} [${output}, ${input}], which ${facts.name} ${what}.`,
    );
  }
}

/** The weights with what the adapters add. */
export function adaptedSource(
  source: WeightSource,
  adapters: readonly Pick<Adapter, 'pairs' | 'scale'>[],
): WeightSource {
  const added = (weight: string) => {
    const name = weight.replace(/\.weight$/, '');
    return adapters.flatMap(({ pairs, scale }) => {
      const pair = pairs.get(name);
      return pair === undefined ? [] : [{ pair, scale }];
    });
  };
  return {
    ...source,
    async read(name) {
      const values = await source.read(name);
      for (const { pair, scale } of added(name)) addProduct(values, pair, scale);
      return values;
    },
    readInt8: async (name) => (added(name).length === 0 ? ((await source.readInt8?.(name)) ?? null) : null),
  };
}

/** values [out, in] += scale B A. */
function addProduct(values: Float32Array, { rank, input, output, a, b }: LowRankPair, scale: number): void {
  const row = new Float64Array(input);
  for (let out = 0; out < output; out++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[out * rank + r]!;
      if (factor === 0) continue;
      for (let i = 0; i < input; i++) row[i]! += factor * a[r * input + i]!;
    }
    for (let i = 0; i < input; i++) values[out * input + i]! += row[i]!;
  }
}
