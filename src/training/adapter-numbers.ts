/** Between the numbers in training, one vector, and the matrices of an adapter file. */
import { UsageError } from '../errors.ts';
import { readAdapter, type LowRankPair } from '../whisper/adapter-file.ts';
import { findAdapter } from '../whisper/find-adapter.ts';
import { reverseAxes } from '../whisper/weights.ts';
import type { Target } from './low-rank.ts';
import { initialNumbers, partOf, type Layout } from './parameters.ts';
import type { TrainerOptions } from './trainer-options.ts';

/** The adapter as PEFT stores it; what it adds is multiplied by `scale`. */
export function pairsOf(
  all: Float32Array,
  layout: Layout,
  targets: readonly Target[],
  rank: number,
  scale: number,
): Map<string, LowRankPair> {
  const matrix = (name: string) => {
    const parameter = layout.parameters.find((one) => one.name === name)!;
    return reverseAxes(partOf(all, parameter), parameter.shape);
  };
  return new Map(
    targets.map(({ name, input, output }) => {
      const b = matrix(`${name}.lora_B`).map((value) => value * scale);
      return [name, { rank, input, output, a: matrix(`${name}.lora_A`), b }];
    }),
  );
}

/** @throws UsageError `adapter` when it is not of the targets and the rank in training. */
export async function startingNumbers(
  { startFrom, rank, alpha }: TrainerOptions,
  layout: Layout,
  targets: readonly Target[],
): Promise<Float32Array> {
  const { folder, share } = findAdapter(startFrom!);
  const adapter = await readAdapter(folder);
  const all = initialNumbers(layout);
  const names = (list: Iterable<string>) => [...list].sort().join();
  if (
    adapter.rank !== rank ||
    adapter.scale !== alpha / rank ||
    names(adapter.pairs.keys()) !== names(targets.map(({ name }) => name))
  ) {
    throw new UsageError(
      'adapter',
      `${adapter.path} has rank ${adapter.rank}, alpha ${adapter.alpha} and ${adapter.pairs.size} targets; training has rank ${rank}, alpha ${alpha} and ${targets.length}: make them the same.`,
    );
  }
  for (const { name, input, output } of targets) {
    const { a, b } = adapter.pairs.get(name)!;
    const place = (what: string, values: Float32Array) =>
      all.set(values, layout.parameters.find((one) => one.name === `${name}.${what}`)!.offset);
    place('lora_A', reverseAxes(a, [rank, input]));
    place(
      'lora_B',
      reverseAxes(b, [output, rank]).map((value) => value * share),
    );
  }
  return all;
}
