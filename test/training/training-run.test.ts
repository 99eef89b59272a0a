import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import type { HeldOutCheck, TrainingStep } from '../../src/records.ts';
import { calibrationCounts } from '../../src/scoring/calibration.ts';
import { openTrainingRun, type HeldOut, type TrainingRunOptions } from '../../src/training/training-run.ts';
import { fakeTrainer, noLosses, type FakeTrainer } from '../support/fake-trainer.ts';
import { folderPerTest } from '../support/folder-per-test.ts';
import { trainingUtterance } from '../support/sample-records.ts';

const language = { calibration: calibrationCounts([]), confusion: [0, 0, 0, 0] };

/** Errors by step: a check at another step has 100. */
function heldOutWith(errors: Readonly<Record<number, number>>): HeldOut {
  return {
    batches: [],
    check: (trainer): Promise<Omit<HeldOutCheck, 'isBest'>> =>
      Promise.resolve({
        losses: { ...noLosses, total: errors[trainer.step()] ?? 100 },
        errors: errors[trainer.step()] ?? 100,
        units: 200,
        texts: [{ id: 'a', reference: 'a', text: 'b', errors: 1, units: 1 }],
        forced: { tokens: calibrationCounts([]), internal: language, external: language },
      }),
  };
}

const batchesOf = (count: number, prefix = 'u') =>
  Array.from({ length: count }, (_, at) => [{ ...trainingUtterance, id: `${prefix}${at}` }]);

describe('a training run', () => {
  const folder = folderPerTest();
  const defaults = {
    steps: 10,
    checkpointEvery: 3,
    checkEvery: 4,
    patience: null,
    keep: 0,
    choose: 'errors',
    interpolate: 1,
  } as const;

  /** From the first batch on, until a step dies. @returns The rows. */
  async function go(
    trainer: FakeTrainer,
    options: Partial<TrainingRunOptions> = {},
    heldOut: HeldOut | null = null,
    batches = batchesOf(20),
  ): Promise<TrainingStep[]> {
    const run = await openTrainingRun(trainer, heldOut, { ...defaults, folder: folder(), ...options });
    const rows: TrainingStep[] = [];
    try {
      for (const batch of batches) rows.push(...(await run.add(batch)));
      rows.push(...(await run.end()));
    } catch (thrown) {
      if ((thrown as Error).message !== 'killed') throw thrown;
    }
    return rows;
  }
  const adapter = () => readFileSync(join(folder(), 'adapter/adapter_model.safetensors'), 'utf8');
  const steps = (rows: readonly TrainingStep[]) => rows.map(({ step }) => step);

  it('gives a row for every step, takes no batch behind the last one, and saves', async () => {
    const trainer = fakeTrainer();
    const rows = await go(trainer);
    assert.deepEqual(steps(rows), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(trainer.computed(), 10);
    assert.equal(adapter(), `${trainer.weights()} 1`);
  });

  it('killed before any step and started again, ends with the same weights and the same rows', async () => {
    const heldOut = heldOutWith({ 4: 50, 8: 40, 10: 45 });
    const options = { keep: 2, patience: 5, interpolate: 0.5 };
    const whole = await go(fakeTrainer(), options, heldOut);
    const expected = adapter();
    for (let dieAt = 1; dieAt <= 10; dieAt++) {
      rmSync(folder(), { recursive: true });
      const died = fakeTrainer({ dieAt });
      await go(died, options, heldOut);
      assert.equal(existsSync(join(folder(), 'adapter')), false);
      const again = fakeTrainer();
      assert.deepEqual(await go(again, options, heldOut), whole);
      assert.equal(adapter(), expected);
      // What was computed twice is what came behind the last checkpoint.
      assert.ok(died.computed() + again.computed() - 10 < 3, `${died.computed()} + ${again.computed()}`);
    }
  });

  it('that has ended gives its rows again and computes nothing', async () => {
    const heldOut = heldOutWith({ 4: 50 });
    const whole = await go(fakeTrainer(), {}, heldOut);
    const again = fakeTrainer();
    assert.deepEqual(await go(again, {}, heldOut), whole);
    assert.equal(again.computed(), 0);
  });

  it('refuses to go on with other data', async () => {
    await go(fakeTrainer({ dieAt: 8 }));
    await assert.rejects(
      go(fakeTrainer(), {}, null, batchesOf(20, 'other')),
      (error) =>
        error instanceof UsageError &&
        error.code === 'checkpoint' &&
        /step 1 had u0 and now has other0/.test(error.message),
    );
  });

  it('checks before the first step, at its interval and at the end, and tells the best', async () => {
    const rows = await go(fakeTrainer(), {}, heldOutWith({ 4: 50, 8: 60, 10: 30 }));
    const checks = rows.filter(({ check }) => check !== null);
    assert.deepEqual(
      checks.map(({ id, check }) => [id, check!.isBest]),
      [
        ['step-000000', true],
        ['step-000004', true],
        ['step-000008', false],
        ['step-000010', true],
        ['result', true],
      ],
    );
  });

  it('averages the best checks and keeps no other weights', async () => {
    const heldOut = heldOutWith({ 2: 50, 4: 30, 6: 70, 8: 40, 10: 60 });
    const options = { keep: 2, checkEvery: 2 };
    const trainer = fakeTrainer();
    await go(trainer, options, heldOut);
    assert.deepEqual(readdirSync(join(folder(), 'best')).sort(), ['000004', '000008']);
    const weightsAt = (step: number) =>
      (JSON.parse(readFileSync(join(folder(), 'best', `00000${step}`), 'utf8')) as { weights: string }).weights;
    assert.equal(adapter(), `mean of ${weightsAt(4)} ${weightsAt(8)} 1`);
  });

  it('stops when nothing has become better for so many checks, and takes the best', async () => {
    const heldOut = heldOutWith({ 2: 50, 4: 30, 6: 70, 8: 40, 10: 10 });
    const trainer = fakeTrainer();
    const rows = await go(trainer, { keep: 1, checkEvery: 2, patience: 2 }, heldOut);
    assert.equal(trainer.computed(), 8);
    assert.deepEqual(steps(rows), [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
    assert.match(adapter(), /^mean of \w+ 1$/);
  });

  it('that is interrupted, or runs out of data, keeps where it stands and saves nothing yet', async () => {
    const whole = await go(fakeTrainer());
    const expected = adapter();
    rmSync(folder(), { recursive: true });
    const rows = await go(fakeTrainer(), {}, null, batchesOf(5));
    assert.deepEqual(steps(rows), [1, 2, 3, 4, 5]);
    assert.equal(existsSync(join(folder(), 'adapter')), false);
    const again = fakeTrainer();
    assert.deepEqual(await go(again), whole);
    assert.equal(again.computed(), 5);
    assert.equal(adapter(), expected);
  });

  it('refuses to choose by errors where nothing was decoded', async () => {
    const silent = heldOutWith({});
    const heldOut = {
      ...silent,
      check: async (trainer: FakeTrainer) => ({ ...(await silent.check(trainer)), texts: [] }),
    };
    await assert.rejects(
      go(fakeTrainer(), {}, heldOut),
      (error) => error instanceof UsageError && /set "choose" to loss/.test(error.message),
    );
  });
});
