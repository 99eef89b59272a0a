/**
 * A training run from its first batch to what it leaves: steps, checks on held-out utterances, checkpoints, the end. It
 * goes on exactly where a killed one stood: the checkpoint holds the rows of all steps before it, whose batches come again
 * and are passed over without being computed.
 *
 * In the folder of a run stand `checkpoint`, the state to go on from; `best/STEP`, the weights of the best checks; and at
 * the end `adapter/`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { HeldOutCheck, TrainingStep, TrainingUtterance } from '../records.ts';
import type { Trainer } from './trainer.ts';

/** What chooses among checks: the errors of decoded texts, or the held-out loss. */
export const choices = ['errors', 'loss'] as const;

export interface TrainingRunOptions {
  readonly folder: string;
  readonly steps: number;
  /** Steps from one checkpoint to the next. */
  readonly checkpointEvery: number;
  /** Steps from one check to the next. */
  readonly checkEvery: number;
  /** Checks without a better one after which the run ends; null goes on to its last step. */
  readonly patience: number | null;
  /** Best checks whose weights are averaged at the end; 0 takes the last step. */
  readonly keep: number;
  readonly choose: (typeof choices)[number];
  /** w in theta0 + w (theta - theta0): what the adapter that is saved is multiplied by. */
  readonly interpolate: number;
}

/** Utterances that the model does not learn from. */
export interface HeldOut {
  readonly batches: readonly (readonly TrainingUtterance[])[];
  check(trainer: Trainer): Promise<Omit<HeldOutCheck, 'isBest'>>;
}

export interface TrainingRun {
  readonly steps: () => number;
  readonly isDone: () => boolean;
  /** Takes a batch; gives the rows of its step: none behind the last one. Calls must not overlap. */
  add(batch: readonly TrainingUtterance[]): Promise<readonly TrainingStep[]>;
  /**
   * No batch comes any more: averages and saves where the run is done, else keeps where it stands.
   * @returns The row of what was saved, where there are held-out utterances. */
  end(): Promise<readonly TrainingStep[]>;
}

interface State {
  rows: TrainingStep[];
  /** Best first. */
  best: { readonly step: number; readonly score: number }[];
  /** Checks since the best one. */
  stale: number;
  finished: boolean;
}

/** @throws UsageError `checkpoint` when the folder holds a checkpoint of a run with other options. */
export async function openTrainingRun(
  trainer: Trainer,
  heldOut: HeldOut | null,
  options: TrainingRunOptions,
): Promise<TrainingRun> {
  const { folder, steps: last, keep } = options;
  const checkpoint = join(folder, 'checkpoint');
  const bestFolder = join(folder, 'best');
  const bestFile = (step: number): string => join(bestFolder, String(step).padStart(6, '0'));
  await mkdir(bestFolder, { recursive: true });
  const state = await restored();
  const recorded = Math.max(0, ...state.rows.map(({ step }) => step));
  /** Batches that came again, of those that were trained before. */
  let passed = 0;

  async function restored(): Promise<State> {
    const fresh: State = { rows: [], best: [], stale: 0, finished: false };
    if (!existsSync(checkpoint)) return fresh;
    const { run } = await trainer.restore(checkpoint);
    return run === undefined ? fresh : (JSON.parse(run) as State);
  }

  /** The state first, then what it no longer needs: a run killed in between goes on from either. */
  async function save(): Promise<void> {
    await trainer.writeCheckpoint(checkpoint, { run: JSON.stringify(state) });
    const kept = new Set(state.best.map(({ step }) => bestFile(step)));
    for (const name of await readdir(bestFolder)) {
      const path = join(bestFolder, name);
      if (!kept.has(path)) await rm(path, { force: true });
    }
  }

  /** The rows of a step that was trained before, in their order: the check before the first step stands with it. */
  function replay(batch: readonly TrainingUtterance[]): readonly TrainingStep[] {
    passed += 1;
    const rows = state.rows.filter(
      ({ id, step }) => id !== resultId && (step === passed || (passed === 1 && step === 0)),
    );
    const ids = batch.map(({ id }) => id).join(' ');
    const before = rows.find(({ step }) => step === passed)!.utterances.join(' ');
    if (ids === before) return rows;
    throw new UsageError(
      'checkpoint',
      `${checkpoint} was made with other data: step ${passed} had ${before} and now has ${ids}. Give the data and seeds of then, or another folder.`,
    );
  }

  async function check(): Promise<HeldOutCheck | null> {
    if (heldOut === null) return null;
    const made = await heldOut.check(trainer);
    if (!hasTexts(made) && options.choose === 'errors') {
      throw new UsageError(
        'training',
        'Nothing was decoded to choose by its errors: set "choose" to loss, or "decodeCount" above 0.',
      );
    }
    const score = options.choose === 'errors' ? made.errors / Math.max(1, made.units) : made.losses.total;
    const isBest = state.best.every((other) => score < other.score);
    const step = trainer.step();
    if (step > 0) {
      state.stale = isBest ? 0 : state.stale + 1;
      // Of equal ones the earlier is kept: it went less far from where it began.
      const ranked = [...state.best, { step, score }].sort((a, b) => a.score - b.score || a.step - b.step);
      state.best = ranked.slice(0, Math.max(1, keep));
      if (keep > 0 && state.best.some((other) => other.step === step)) await trainer.writeCheckpoint(bestFile(step));
    }
    return { ...made, isBest };
  }

  const isDone = (): boolean =>
    state.finished || trainer.step() >= last || (options.patience !== null && state.stale >= options.patience);

  return {
    steps: () => trainer.step(),
    isDone,
    async add(batch) {
      if (passed < recorded) return replay(batch);
      if (isDone()) return [];
      const rows: TrainingStep[] = [];
      if (trainer.step() === 0) {
        const before = await check();
        if (before !== null) rows.push(untrained(before));
      }
      const { step, ids, ...report } = await trainer.train(batch);
      const made = step % options.checkEvery === 0 || step === last ? await check() : null;
      rows.push({ kind: 'training-step', id: rowId(step), step, ...report, utterances: ids, check: made });
      state.rows.push(...rows);
      if (made !== null || isDone() || step % options.checkpointEvery === 0) await save();
      return rows;
    },
    async end() {
      const done = state.rows.filter(({ id }) => id === resultId);
      if (state.finished) return done;
      if (!isDone()) {
        // Interrupted, or out of data: nothing is chosen yet, and what was done is kept.
        if (trainer.step() > 0) await save();
        return [];
      }
      if (keep > 0 && state.best.length > 0) await trainer.average(state.best.map(({ step }) => bestFile(step)));
      if (heldOut !== null) await trainer.fitTemperature(heldOut.batches);
      const adapter = join(folder, 'adapter');
      if (!existsSync(adapter)) await trainer.save(adapter, options.interpolate);
      if (heldOut !== null) {
        const result = { ...(await heldOut.check(trainer)), isBest: true };
        state.rows.push({ ...untrained(result), id: resultId, step: trainer.step() });
      }
      state.finished = true;
      await save();
      return state.rows.filter(({ id }) => id === resultId);
    },
  };
}

/** Id of the row that tells of the weights that were saved. */
export const resultId = 'result';

const rowId = (step: number): string => `step-${String(step).padStart(6, '0')}`;

function hasTexts({ texts }: Pick<HeldOutCheck, 'texts'>): boolean {
  return texts.length > 0;
}

/** The row of a check without a step. */
function untrained(check: HeldOutCheck): TrainingStep {
  const { losses } = check;
  const none = { gradientNorm: 0, learningRate: 0, tokens: 0, seconds: 0, utterances: [] };
  return { kind: 'training-step', id: rowId(0), step: 0, losses, ...none, check };
}
