/** Adapters as one adapter in PEFT layout: what they add together, such as the mean of several runs. */
import { basename, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { adapterFiles, writeAdapter, type Adapter, type LowRankPair } from './adapter-file.ts';
import { openAdapters } from './adapted-model.ts';
import { wholeFolder } from './export-folder.ts';
import type { ExportOptions } from './export-options.ts';
import { hashFiles } from './model-files.ts';
import { openModel } from './open-model.ts';

export const peftPrecisions = ['f16', 'f32'] as const;

/**
 * The sum of low-rank products is one of the summed rank: [B1 B2] [A1; A2] = B1 A1 + B2 A2. Shares (`NAME@0.3`) and scales go
 * into B, so that alpha is the rank.
 * @returns sha256 of the numbers that were written.
 * @throws UsageError `adapter` when none is given, or one is not sound or does not suit the model; `model`; `export` when the
 *   folder cannot be made.
 */
export async function exportPeft(
  { from, to, adapters = [] }: ExportOptions,
  precision: (typeof peftPrecisions)[number],
): Promise<string> {
  if (adapters.length === 0)
    throw new UsageError('adapter', 'The format peft writes adapters: name some by --adapter.');
  const model = await openModel(from, from);
  try {
    const opened = await openAdapters(adapters, model);
    const pairs = joinPairs(opened);
    const [{ rank } = { rank: 0 }] = pairs.values();
    return await wholeFolder(to, async (folder) => {
      const base = { name: basename(from), sha256: model.facts.sha256 };
      await writeAdapter(folder, { rank, alpha: rank, dropout: 0, base, precision }, pairs);
      return hashFiles([join(folder, adapterFiles.weights)]);
    });
  } finally {
    await model.source.close();
  }
}

/** A target that only some have is zeros in the ranks of the others: an adapter file has one rank. */
function joinPairs(adapters: readonly Adapter[]): Map<string, LowRankPair> {
  const rank = adapters.reduce((sum, adapter) => sum + adapter.rank, 0);
  const joined = new Map<string, LowRankPair>();
  let first = 0;
  for (const { rank: own, scale, pairs } of adapters) {
    for (const [name, { input, output, a, b }] of pairs) {
      const pair = joined.get(name) ?? {
        ...{ rank, input, output },
        a: new Float32Array(rank * input),
        b: new Float32Array(output * rank),
      };
      joined.set(name, pair);
      pair.a.set(a, first * input);
      for (let row = 0; row < output; row++) {
        for (let r = 0; r < own; r++) pair.b[row * rank + first + r] = scale * b[row * own + r]!;
      }
    }
    first += own;
  }
  return joined;
}
