import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../src/errors.ts';
import type { CalibratedWindow, PathEvidence } from '../../../src/language/calibrator.ts';
import {
  calibratorKinds,
  readCalibrator,
  writeCalibrator,
  type CalibratorFile,
  type CalibratorKind,
} from '../../../src/language/calibrators/calibrator-file.ts';
import { acousticPosteriors, trainedCalibrator } from '../../../src/language/calibrators/trained.ts';
import { languageSet } from '../../../src/language/language-set.ts';
import { temporaryFolder } from '../../support/folder.ts';

interface Golden {
  readonly width: number;
  readonly positions: number;
  readonly heard: number;
  readonly classes: string[];
  readonly temperature: number;
  readonly encoder: number[];
  readonly decoder: number[][];
  readonly attention: number[][];
  readonly heads: Record<
    CalibratorKind,
    { tensors: Record<string, { shape: number[]; values: number[] }>; q: number[][] }
  >;
}
/** PyTorch's; fixtures/calibrators/make.py. */
const golden = JSON.parse(readFileSync('fixtures/calibrators/heads.json', 'utf8')) as Golden;
const { width, positions, heard, classes, temperature, heads } = golden;
const model = { name: 'tiny', sha256: 'a'.repeat(64), width };
const window = { states: Float32Array.from(golden.encoder), positions, heard } as unknown as CalibratedWindow;

/** What is known of the token that PyTorch was asked about. */
const evidence = (token: number): PathEvidence => ({
  prompts: [],
  state: Float32Array.from(golden.decoder[token]!),
  attention: Float32Array.from(golden.attention[token]!),
});

function fileOf(kind: CalibratorKind, path: string): CalibratorFile {
  return {
    path,
    header: { kind, classes, width, temperature, models: [model.sha256] },
    tensors: new Map(
      Object.entries(heads[kind].tensors).map(([name, { shape, values }]) => [
        name,
        { shape, values: Float32Array.from(values) },
      ]),
    ),
  };
}

function near(found: ArrayLike<number>, wanted: readonly number[], within = 1e-6): void {
  assert.equal(found.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < within, `${found[i]} is not ${value}`));
}

describe('trained calibrators', () => {
  const folder = temporaryFolder();

  for (const kind of calibratorKinds) {
    it(`computes what PyTorch computes, from a file that was written and read: ${kind}`, async () => {
      const path = join(folder, `${kind}.safetensors`);
      await writeCalibrator(fileOf(kind, path));
      const read = await readCalibrator(path, model);
      assert.deepEqual(read, fileOf(kind, path));
      const opened = await trainedCalibrator(read, languageSet(['zh', 'en'])).open(window);
      heads[kind].q.forEach((q, token) => near(opened.posterior(evidence(token), opened.start), q));
    });
  }

  it('gives q in the order of the declared languages, whatever that of the file', async () => {
    const opened = await trainedCalibrator(fileOf('acoustic', 'a'), languageSet(['en', 'zh'])).open(window);
    const [zh, en, other] = heads.acoustic.q[0]!;
    near(opened.posterior(evidence(0), null), [en!, zh!, other!]);
  });

  it('leaves languages out that were not declared, and shares their part out', async () => {
    const more = fileOf('decoder-state', 'a');
    const file = { ...more, header: { ...more.header, classes: ['zh', 'en', 'ko'] } };
    const opened = await trainedCalibrator(file, languageSet(['zh', 'en'])).open(window);
    const [zh, en] = heads['decoder-state'].q[0]!;
    near(opened.posterior(evidence(0), null), [zh! / (zh! + en!), en! / (zh! + en!)]);
  });

  it('asks the search for the evidence that its kind reads, and no other', () => {
    const needs = (kind: CalibratorKind) => trainedCalibrator(fileOf(kind, 'a'), languageSet()).needs;
    assert.deepEqual(needs('decoder-state'), { states: true, attention: false });
    assert.deepEqual(needs('cross-attention'), { states: true, attention: false });
    assert.deepEqual(needs('acoustic'), { states: false, attention: true });
  });

  it('hears every position by the acoustic head alone, and refuses heads that need a text', () => {
    const overTime = acousticPosteriors(fileOf('acoustic', 'a'), languageSet())(window);
    assert.equal(overTime.length, heard * 3);
    const attention = golden.attention[0]!.slice(0, heard);
    const sum = attention.reduce((total, weight) => total + weight, 0);
    const mean = [0, 1, 2].map((k) =>
      attention.reduce((total, weight, t) => total + (weight / sum) * overTime[t * 3 + k]!, 0),
    );
    near(mean, heads.acoustic.q[0]!);
    assert.throws(
      () => acousticPosteriors(fileOf('decoder-state', 'a.safetensors'), languageSet()),
      (error) => error instanceof UsageError && /a\.safetensors is of the kind decoder-state/.test(error.message),
    );
  });

  it('refuses a file that does not tell a declared language', () => {
    assert.throws(
      () => trainedCalibrator(fileOf('acoustic', 'a.safetensors'), languageSet(['zh', 'en', 'ko'])),
      (error) =>
        error instanceof UsageError && /a\.safetensors tells zh, en, other apart and not ko/.test(error.message),
    );
  });
});
