/**
 * Training: every batch is one step down its gradient. What is trained, on which losses and how, are options
 * (`src/training/trainer-options.ts`); checks on held-out utterances, checkpoints and the early stop belong to it, because
 * they must see the weights between two steps and nothing else does: a tensor never crosses an edge.
 *
 * A run that was killed and is started again with the same command goes on from its last checkpoint and ends with the same
 * bytes. The data come again in their order; batches up to the checkpoint pass without being computed.
 */
import { z } from 'zod';
import { DEFAULT_DECODE_OPTIONS } from '../audio/decode.ts';
import { RecordError, UsageError } from '../errors.ts';
import { languageSet } from '../language/language-set.ts';
import { findManifests, readManifestEntries } from '../manifests/find-manifests.ts';
import type { Batch, TrainingStep, Utterance } from '../records.ts';
import { profileNamed } from '../scoring/profiles/profile-named.ts';
import { decodeHeldOut } from '../training/decode-held-out.ts';
import { heldOutSet, readHeldOut } from '../training/held-out.ts';
import { openLabeller } from '../training/label-utterance.ts';
import { openTrainer } from '../training/open-trainer.ts';
import { trainerOptions, trainerShape } from '../training/trainer-options.ts';
import { choices, type HeldOut, openTrainingRun, resultId } from '../training/training-run.ts';
import { languageCode } from '../whisper/languages.ts';
import { defineOperator, type OperatorContext, type Released } from './define-operator.ts';
import { languageOptions } from './language-options.ts';

/** Steps that the figures of the progress line are means over. */
const RECENT = 20;

const options = z.strictObject({
  ...trainerShape,
  languages: languageOptions.languages,
  out: z
    .string()
    .min(1)
    .describe('Folder of the run: its checkpoint, the weights of the best checks, and at the end adapter/.'),
  checkpointEvery: z.int().min(1).default(25).describe('Steps from one checkpoint to the next.'),
  heldOut: z
    .array(z.string().min(1))
    .default([])
    .describe('Manifests of utterances to check on, which are never learnt from; none checks nothing.'),
  heldOutRoot: z.string().nullable().default(null).describe("Folder of their audio; null is the manifest's own."),
  heldOutCount: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('How many of them are checked, evenly spread over the manifests; null takes all.'),
  decodeCount: z
    .int()
    .min(0)
    .default(16)
    .describe(
      'How many of those are decoded at each check too, greedily, for their mixed error rate; 0 decodes none. A calibrator alone changes no text, so nothing is decoded for it.',
    ),
  checkEvery: z.int().min(1).default(50).describe('Steps from one check to the next; the last step is checked too.'),
  choose: z
    .enum(choices)
    .default('loss')
    .describe('What tells a better check: the held-out loss, or the mixed error rate of the decoded texts.'),
  keep: z.int().min(0).max(20).default(1).describe('Best checks whose weights are averaged; 0 takes the last step.'),
  patience: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Checks without a better one after which training ends early; null goes on to the last step.'),
  interpolate: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('w: the adapter is saved as theta0 + w (theta - theta0), which forgets less the smaller it is.'),
});

export const trainStep = defineOperator(
  {
    name: 'train-step',
    summary: 'Trains an adapter or a calibrator of a speech model, one step for each batch.',
    shape: 'gather',
    input: 'batch',
    output: 'training-step',
    options,
    checkpoint: 'exact',
  },
  async (given, context) => {
    const { note, signal, provenance, progress, enough, wasStopped } = context;
    const set = languageSet(given.languages.map((language) => languageCode(language)!));
    const heldOut = await openHeldOut(given, context);
    const trainer = await openTrainer(trainerOptionsOf(given), { set, note, signal, provenance });
    context.onClose(() => trainer.dispose());
    const run = await openTrainingRun(trainer, heldOut, { ...given, folder: given.out });
    if (run.steps() > 0) note(`train-step goes on behind step ${run.steps()} of ${given.steps} (${given.out}).`);
    note(`Training ${trainer.parameters} numbers in ${given.steps} steps; * marks the best check so far.`);
    progress({ done: run.steps(), of: given.steps, unit: 'steps', words: '' });

    const recent: TrainingStep[] = [];
    const tell = (rows: readonly TrainingStep[]): void => {
      recent.push(...rows.filter(({ utterances }) => utterances.length > 0));
      recent.splice(0, Math.max(0, recent.length - RECENT));
      const last = recent.at(-1);
      if (last === undefined) return;
      const sum = (of: (step: TrainingStep) => number): number => recent.reduce((total, each) => total + of(each), 0);
      const loss = sum(({ losses }) => losses.total) / recent.length;
      const rate = sum(({ tokens }) => tokens) / sum(({ seconds }) => seconds);
      const words = `loss ${loss.toFixed(3)}  ${Math.round(rate)} tokens/s`;
      progress({ done: last.step, of: given.steps, unit: 'steps', words });
      for (const { id, step, check } of rows) {
        if (check !== null) note(`${id === resultId ? 'what was saved' : `step ${step}`}: ${checkText(check)}`);
      }
    };
    return {
      async add(batch): Promise<Released<Batch, TrainingStep>[]> {
        // Batches are other ones where a pool was cut short: the next run makes them whole.
        if (wasStopped()) return [{ record: null, from: [batch] }];
        const rows = await run.add(batch.records.map(trained));
        tell(rows);
        if (run.isDone()) enough();
        // A row of its own stands for the batch; a check before the first step only reports.
        const own = rows.at(-1) ?? null;
        return [...rows.slice(0, -1).map((record) => ({ record, from: [] })), { record: own, from: [batch] }];
      },
      async flush() {
        if (signal.aborted) return [];
        const rows = await run.end();
        tell(rows);
        if (!run.isDone()) {
          note(
            `train-step stands at step ${run.steps()} of ${given.steps}, kept in ${given.out}; the same command goes on. Where the data ended, give read-manifest more epochs.`,
          );
        }
        return rows.map((record) => ({ record, from: [] }));
      },
    };
  },
);

function trained(record: Batch['records'][number]) {
  if (record.kind === 'training-utterance') return record;
  throw new UsageError('record-kind', `train-step is given a batch of ${record.kind}; put "label-language" before it.`);
}

/** What is the trainer's among the options of the operator. */
function trainerOptionsOf(given: z.output<typeof options>) {
  const own = Object.entries(given).filter(([name]) => name in trainerShape);
  return trainerOptions.parse(Object.fromEntries(own));
}

/** @throws UsageError `held-out` when an utterance cannot be used: what everything is chosen by must be whole. */
async function openHeldOut(given: z.output<typeof options>, context: OperatorContext): Promise<HeldOut | null> {
  if (given.heldOut.length === 0) return null;
  const utterances: Utterance[] = [];
  for (const path of given.heldOut) {
    for (const manifest of await findManifests(path, null)) {
      const reading = { root: given.heldOutRoot, within: null, columns: {} };
      for await (const entry of readManifestEntries(manifest, reading)) {
        if (entry instanceof RecordError) throw new UsageError('held-out', `train-step, heldOut: ${entry.message}`);
        utterances.push(entry);
      }
    }
  }
  const chosen = spread(utterances, given.heldOutCount ?? Infinity);
  const labels = { tag: 'majority', anyTag: 0, timestamps: 0, slack: 2, seed: given.seed } as const;
  const labeller = await openLabeller(given.model, { ...given, ...labels, ...context });
  const decoding = { ...DEFAULT_DECODE_OPTIONS, channel: 'mix', cacheBytes: 64 << 20, signal: context.signal } as const;
  try {
    const read = await readHeldOut(chosen, labeller, decoding);
    const { model, rank, offline, cacheFolder, decodeCount } = given;
    const decode = decodeHeldOut({
      ...{ model, offline, cacheFolder, signal: context.signal },
      languages: labeller.set.languages,
    });
    return heldOutSet(
      read,
      labeller,
      await profileNamed('canonical', labeller.set),
      rank === 0 || decodeCount === 0 ? null : { utterances: spread(read, decodeCount), decode },
    );
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new UsageError('held-out', `train-step, heldOut: ${error.message}`, { cause: error });
  }
}

/** So many of a list, evenly spread over it. */
function spread<T>(all: readonly T[], most: number): T[] {
  const count = Math.min(all.length, most);
  return Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)]!);
}

function checkText({ losses, errors, units, isBest }: NonNullable<TrainingStep['check']>): string {
  const rate = units === 0 ? '' : `, mixed error rate ${((100 * errors) / units).toFixed(1)} %`;
  return `held-out loss ${losses.total.toFixed(3)}${rate}${isBest ? ' *' : ''}`;
}
