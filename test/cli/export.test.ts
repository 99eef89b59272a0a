import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportFormats } from '../../src/whisper/export.ts';
import { temporaryFolder } from '../support/folder.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { diglot } from './command-line.ts';

describe('diglot export', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const model = join(folder, 'tiny');
  before(() => writeTinyModel(model));

  it('writes a ggml file, and says where it is and its hash', async () => {
    const out = join(folder, 'tiny.bin');
    const { status, stdout } = await diglot('export', '--model', model, '-o', out, '--format', 'ggml');
    assert.equal(status, 0);
    assert.match(stdout, /^.*tiny\.bin\nsha256 of the weights [0-9a-f]{64}\n$/);
    assert.equal(readFileSync(out).toString('latin1', 0, 4), 'lmgg');
  });

  it('ends with 2 where the format has not the precision, and writes nothing', async () => {
    const out = join(folder, 'never');
    const { status, stderr } = await diglot('export', '--model', model, '-o', out, '--precision', 'q8_0');
    assert.equal(status, 2);
    assert.match(stderr, /safetensors has no precision q8_0; it has int8, f16, f32\./);
    assert.ok(!existsSync(out));
  });

  it('offers every format and precision that there is', async () => {
    const { stdout } = await diglot('export', '--help');
    for (const word of [...Object.keys(exportFormats), ...Object.values(exportFormats).flat()]) {
      assert.ok(stdout.includes(word), word);
    }
  });
});
