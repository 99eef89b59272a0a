import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { readCalibrator } from '../../../src/language/calibrators/calibrator-file.ts';
import { findCalibrator, fittingCalibrator } from '../../../src/language/calibrators/find-calibrator.ts';
import { loadCalibrator } from '../../../src/language/calibrators/load-calibrator.ts';
import { languageSet } from '../../../src/language/language-set.ts';
import { acquireModel, type AcquiredModel } from '../../../src/whisper/load-model.ts';

describe('trained calibrators by name', () => {
  let model: AcquiredModel['model'];
  let release: AcquiredModel['release'];

  before(async () => {
    ({ model, release } = await acquireModel('whisper-base-int8', { device: 'auto' }));
  });
  after(() => release());

  it('finds a path as it is, and the name of one that comes with diglot', () => {
    assert.equal(findCalibrator('runs/mine.safetensors'), 'runs/mine.safetensors');
    assert.ok(existsSync(findCalibrator('zh-en')!));
    assert.equal(findCalibrator('nonesuch'), undefined);
  });

  it('loads one by its name', async () => {
    const { name, needs } = await loadCalibrator('zh-en', model, languageSet());
    assert.equal(basename(name), 'zh-en.safetensors');
    assert.equal(needs.attention, true);
  });

  it('takes its own where it was trained for the weights and tells the languages, and none elsewhere', async () => {
    const found = await fittingCalibrator(model.facts, ['zh', 'en']);
    assert.ok((await readCalibrator(found!, model.facts)).header.models.includes(model.facts.sha256));
    assert.equal(await fittingCalibrator(model.facts, ['zh', 'ru']), null);
    assert.equal(await fittingCalibrator({ ...model.facts, sha256: '0'.repeat(64) }, ['zh', 'en']), null);
  });
});
