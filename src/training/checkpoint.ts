/**
 * A training run on disk: one safetensors file with the weights in training and their moments, and in its metadata the step,
 * what else the next step depends on, and notes of whoever feeds it. Numbers are written so that they come back as they were.
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { fileFault } from '../tables/file-fault.ts';
import { asNumbers } from '../whisper/number-formats.ts';
import { openSafetensors, writeSafetensors } from '../whisper/safetensors.ts';

const format = 'diglot-checkpoint-1';
const vectorNames = ['weights', 'first', 'second'] as const;

/** All that a step changes. */
export interface TrainingState {
  weights: Float32Array;
  first: Float32Array;
  second: Float32Array;
  /** Steps done. */
  step: number;
  /** Mean of the losses in which the last weighs most, and the least that it has been; null before the first step. */
  smoothed: number | null;
  best: number | null;
  /** Of the calibrator. */
  temperature: number;
}

const fromText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('is not JSON');
    return z.NEVER;
  }
});
const metadataSchema = z.object({
  format: z.literal(format),
  /** What must be the same for a run to go on. */
  run: z.string(),
  state: fromText.pipe(
    z.strictObject({
      step: z.int().min(0),
      smoothed: z.number().nullable(),
      best: z.number().nullable(),
      temperature: z.number(),
    }),
  ),
  notes: fromText.pipe(z.record(z.string(), z.string())),
});

/**
 * Written under another name, flushed and renamed, so that a kill at any time leaves the old file or the new one.
 * @param run Describes the run: `readCheckpoint` refuses another one.
 * @throws UsageError `checkpoint` when the place cannot be written to.
 */
export async function writeCheckpoint(
  path: string,
  run: string,
  { step, smoothed, best, temperature, ...vectors }: TrainingState,
  notes: Readonly<Record<string, string>>,
): Promise<void> {
  const unfinished = `${path}.incomplete`;
  try {
    await writeSafetensors(
      unfinished,
      vectorNames.map((name) => ({
        name,
        format: 'F32' as const,
        shape: [vectors[name].length],
        read: () => {
          const { buffer, byteOffset, byteLength } = vectors[name];
          return Promise.resolve(new Uint8Array(buffer, byteOffset, byteLength));
        },
      })),
      { format, run, state: JSON.stringify({ step, smoothed, best, temperature }), notes: JSON.stringify(notes) },
    );
    await rename(unfinished, path);
    await flushFolder(dirname(path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new UsageError('checkpoint', fileFault('cannot write', path, error), { cause: error });
  }
}

/** A rename is on the disk when its folder is. Where folders cannot be opened, as on Windows, the system sees to it. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  try {
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

/** @throws UsageError `checkpoint` when the file is of another run or kind; `weights` when it is missing or damaged. */
export async function readCheckpoint(
  path: string,
  run: string,
  length: number,
): Promise<{ readonly state: TrainingState; readonly notes: Readonly<Record<string, string>> }> {
  const file = await openSafetensors(path);
  try {
    const parsed = metadataSchema.safeParse(Object.fromEntries(file.metadata));
    const refuse = (why: string) => new UsageError('checkpoint', `${path} ${why}; name one that this run wrote.`);
    if (!parsed.success) throw refuse('is no checkpoint of training');
    if (parsed.data.run !== run) throw refuse(`is of a run with other options (${difference(parsed.data.run, run)})`);
    const read = async (name: string): Promise<Float32Array> => {
      const { shape, format: stored } = file.tensors.get(name) ?? {};
      if (stored !== 'F32' || shape?.join() !== String(length)) throw refuse(`does not hold ${length} ${name}`);
      return asNumbers(await file.readBytes(name), Float32Array);
    };
    const [weights, first, second] = [await read('weights'), await read('first'), await read('second')];
    return { state: { ...parsed.data.state, weights, first, second }, notes: parsed.data.notes };
  } finally {
    await file.close();
  }
}

/** The first field in which two descriptions differ. */
function difference(theirs: string, ours: string): string {
  const [a, b] = [JSON.parse(theirs) as Record<string, unknown>, JSON.parse(ours) as Record<string, unknown>];
  const name = Object.keys({ ...a, ...b }).find((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key])) ?? '';
  return `${name} was ${JSON.stringify(a[name])} and is ${JSON.stringify(b[name])}`;
}
