import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCalibrator, type CalibratorKind } from '../../../src/language/calibrators/calibrator-file.ts';
import { loadListener } from '../../../src/language/calibrators/listener.ts';
import { toyModel } from '../../support/toy-model.ts';

describe('loadListener', () => {
  const facts = { ...toyModel({ words: ['a'], next: () => new Map([[0, 0]]) }).facts, width: 1 };
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'diglot-listener-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** The score of Mandarin is the state, that of English 0. */
  async function write(name: string, kind: CalibratorKind = 'acoustic'): Promise<string> {
    const path = join(folder, name);
    const tensors = new Map([
      ['output.weight', { shape: [2, 1], values: Float32Array.of(1, 0) }],
      ['output.bias', { shape: [2], values: Float32Array.of(0, 0) }],
      ...(kind === 'acoustic'
        ? []
        : ([
            ['hidden.weight', { shape: [1, 1], values: Float32Array.of(1) }],
            ['hidden.bias', { shape: [1], values: Float32Array.of(0) }],
          ] as const)),
    ]);
    await writeCalibrator({
      path,
      header: { kind, classes: ['zh', 'en'], width: 1, temperature: 1, models: [] },
      tensors,
    });
    return path;
  }

  it('gives the mean of what is heard at the positions that are asked for, and at one at least', async () => {
    const listen = (await loadListener(await write('head.safetensors'), facts, ['zh', 'en']))!;
    const odds = [3, 1 / 3, 1, 9];
    const ask = listen({ states: Float32Array.from(odds, Math.log), heard: 4 });
    const mandarin = odds.map((one) => one / (1 + one));
    const near = ([zh, en]: number[], wanted: number): void => {
      assert.ok(Math.abs(zh! - wanted) < 1e-6, `${zh} instead of ${wanted}`);
      assert.ok(Math.abs(zh! + en! - 1) < 1e-12);
    };
    near(ask(0, 2), (mandarin[0]! + mandarin[1]!) / 2);
    near(ask(1, 4), (mandarin[1]! + mandarin[2]! + mandarin[3]!) / 3);
    near(ask(2, 2), mandarin[2]!);
    // Words may lie a rounding outside of the window.
    near(ask(-1, 0), mandarin[0]!);
    near(ask(4, 6), mandarin[3]!);
  });

  it('refuses names that nobody has, and heads that need a text', async () => {
    await assert.rejects(loadListener('nonesuch', facts, ['zh', 'en']), /no calibrator "nonesuch"/);
    const path = await write('state.safetensors', 'decoder-state');
    await assert.rejects(loadListener(path, facts, ['zh', 'en']), /needs a text beside the sound/);
  });

  it('gives none under auto where none was made for the model', async () => {
    assert.equal(await loadListener('auto', facts, ['zh', 'en']), null);
  });
});
