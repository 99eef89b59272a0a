/**
 * pipelines/train-smoke.json from the audio to the adapter, on a tiny random model: the whole graph, the compiled step, the
 * files. A text is told by the pitch of its recording, so it can be learnt.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { check } from '../../src/graphs/check.ts';
import { formatFault } from '../../src/graphs/faults.ts';
import { loadPipelines } from '../../src/graphs/load.ts';
import { startGraph } from '../../src/graphs/run.ts';
import { randomNumbers } from '../../src/random-numbers.ts';
import type { TrainingStep } from '../../src/records.ts';
import { readRecords } from '../../src/tables/reader.ts';
import { start } from '../cli/command-line.ts';
import { temporaryFolder } from '../support/folder.ts';
import { writeTinyCorpus } from '../support/tiny-corpus.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const pipeline = 'pipelines/train-smoke.json';

describe('training a tiny model', function () {
  this.timeout(120_000);
  const folder = temporaryFolder({});
  let files: string;
  let model: string;
  before(async () => {
    files = await writeTinyCorpus(join(folder, 'corpus'));
    model = await writeTinyModel(join(folder, 'model'));
  });

  /** Runs the pipeline in this process. @returns The rows of its table. */
  async function train(out: string, overrides: readonly string[] = []): Promise<TrainingStep[]> {
    const parameters = { files, model, out };
    const [loaded] = await loadPipelines(pipeline, { parameters, overrides });
    const { plan, faults } = check(loaded!);
    assert.deepEqual(faults.map(formatFault), []);
    const report = await startGraph(plan!, { note: () => undefined }).finished;
    assert.equal(report.failure, null);
    assert.deepEqual([report.outcome, report.conserved, report.failed], ['done', true, 0]);
    const rows: TrainingStep[] = [];
    for await (const row of readRecords(join(out, 'steps.arrow'))) rows.push(row as TrainingStep);
    return rows;
  }
  const heldOutLoss = (rows: readonly TrainingStep[]) => rows.at(-1)!.check!.losses;
  const adapterHash = (out: string) =>
    ['adapter_model.safetensors', 'calibrator.safetensors'].map((name) =>
      createHash('sha256')
        .update(readFileSync(join(out, 'adapter', name)))
        .digest('hex'),
    );

  it('brings the loss of a task that can be learnt from 8 nats below 6.3, and tells languages apart', async () => {
    const rows = await train(join(folder, 'learns'));
    const [before] = rows;
    assert.ok(before!.check!.losses.tokens > 7.5);
    assert.ok(heldOutLoss(rows).tokens < 6.3, String(heldOutLoss(rows).tokens));
    // Two classes of equal weight: a calibrator that knows nothing is at ln 3.
    assert.ok(heldOutLoss(rows).language < 0.8 * before!.check!.losses.language, String(heldOutLoss(rows).language));
    assert.equal(rows.filter(({ utterances }) => utterances.length > 0).length, 60);
    assert.ok(existsSync(join(folder, 'learns/adapter/adapter_config.json')));
  });

  it('decodes at its checks what a transcription with the adapter that it saved writes', async () => {
    const check = (await train(join(folder, 'decodes'), ['nodes.train.with.steps=20'])).at(-1)!.check!;
    assert.deepEqual(
      check.texts.map(({ id }) => id),
      ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
    );
    const common = ['--model', model, '--adapter', join(folder, 'decodes/adapter'), '--precision', 'int8'];
    const search = [
      '--window',
      'fit',
      '--beam',
      '1',
      '--temperature',
      '0',
      '--no-guard',
      '--language-prompt',
      'single',
    ];
    const { status, stdout, stderr } = await start([
      ...['transcribe', files, '--language', 'zh,en', ...common, ...search],
      ...['--format', 'json', '--arrow', join(folder, 'decodes/texts.arrow')],
    ]).ended;
    assert.equal(status, 0, stderr);
    const said = stdout.trim().split('\n');
    assert.deepEqual(
      check.texts.map(({ text }) => text),
      said.map((line) => (JSON.parse(line) as { readonly text: string }).text),
    );
    assert.equal(
      check.errors,
      check.texts.reduce((sum, { errors }) => sum + errors, 0),
    );
    // hello, heh, 中, oh he, 的, a中.
    assert.equal(check.units, 8);
  });

  it('learns nothing where the gradient is taken away: what the test above sees is learning', async () => {
    // A clip so small leaves nothing of any gradient but what AdamW's epsilon swallows.
    const rows = await train(join(folder, 'deaf'), ['nodes.train.with.clip=1e-30']);
    assert.ok(heldOutLoss(rows).tokens > 7.5, String(heldOutLoss(rows).tokens));
  });

  it('gives the same weights for the same seed, and others for another', async () => {
    const hashes: string[][] = [];
    for (const [name, seed] of [
      ['a', 5],
      ['b', 5],
      ['c', 6],
    ] as const) {
      await train(join(folder, name), [`nodes.train.with.seed=${seed}`, 'nodes.train.with.steps=12']);
      hashes.push(adapterHash(join(folder, name)));
    }
    assert.deepEqual(hashes[1], hashes[0]);
    assert.notDeepEqual(hashes[2], hashes[0]);
  });

  it('stopped and started again, ends with the same bytes: what a stop leaves of a pool is not trained', async () => {
    // So large that a stop finds a part of one.
    const steps = ['nodes.train.with.steps=40', 'inFlight=130', 'nodes.data.with.pool=40'];
    const whole = join(folder, 'unstopped');
    await train(whole, steps);
    const out = join(folder, 'stopped');
    mkdirSync(out);
    const [loaded] = await loadPipelines(pipeline, { parameters: { files, model, out }, overrides: steps });
    const running = startGraph(check(loaded!).plan!, { note: () => undefined });
    // A checkpoint comes every 7 steps.
    const watcher = watch(out, (_, name) => {
      if (name === 'checkpoint') running.drain();
    });
    const report = await running.finished;
    watcher.close();
    assert.equal(report.outcome, 'drained');
    assert.ok(!existsSync(join(out, 'adapter')));
    await train(out, steps);
    assert.deepEqual(adapterHash(out), adapterHash(whole));
  });

  it('killed with SIGKILL at any time and started again, ends with the same bytes', async () => {
    const whole = join(folder, 'whole');
    await train(whole, ['nodes.train.with.steps=40']);
    const random = randomNumbers(11);
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    const train40 = () =>
      start(['run', pipeline, '--files', files, '--model', model, '--out', broken, '--steps', '40', '--quiet']);
    for (let life = 0; life < 3; life++) {
      const { child, ended } = train40();
      // A checkpoint comes every 7 steps, and is renamed into its place: a life ends within or behind one of the first.
      let events = 1 + Math.floor(4 * random());
      const watcher = watch(broken, () => {
        events -= 1;
        if (events === 0) child.kill('SIGKILL');
      });
      assert.equal((await ended).status, null);
      watcher.close();
    }
    const { status, stderr } = await train40().ended;
    assert.equal(status, 0, stderr);
    assert.deepEqual(adapterHash(broken), adapterHash(whole));
  });
});
