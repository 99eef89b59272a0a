import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { exportModel } from '../../src/whisper/export.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import { openSafetensors } from '../../src/whisper/safetensors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyDimensions, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

describe('an exported model', () => {
  const folder = temporaryFolder();
  const from = join(folder, 'tiny');
  const weights = tinyWeights();
  before(async () => {
    await writeTinyModel(from);
    writeFileSync(join(from, 'LICENSE'), 'free');
    writeFileSync(join(from, 'vocab.json'), '{}');
  });
  const read = async (place: string) => {
    const { source, dimensions } = await openModel(place, place);
    assert.deepEqual(dimensions, tinyDimensions);
    const found = new Map<string, Float32Array>();
    for (const name of weights.keys()) found.set(name, await source.read(name));
    await source.close();
    return found;
  };

  it('is the same in 32 bits', async () => {
    const to = join(folder, 'f32');
    await exportModel({ from, to, format: 'safetensors', precision: 'f32' });
    assert.deepEqual(await read(to), weights);
  });

  it('is within a 2048th of each weight in 16 bits', async () => {
    const to = join(folder, 'f16');
    await exportModel({ from, to, format: 'safetensors', precision: 'f16' });
    for (const [name, values] of await read(to)) {
      values.forEach((value, i) => {
        const original = weights.get(name)![i]!;
        assert.ok(Math.abs(value - original) <= Math.abs(original) / 2048 + 2 ** -25, `${name} ${original} ${value}`);
      });
    }
  });

  it('is within half a step of each row in 8 bits, clipped weights aside; vectors and positions in 16', async () => {
    const to = join(folder, 'int8');
    await exportModel({ from, to, format: 'safetensors', precision: 'int8' });
    const file = await openSafetensors(join(to, 'model.safetensors'));
    assert.equal(file.tensors.get('model.decoder.embed_tokens.weight')?.format, 'I8');
    assert.deepEqual(file.tensors.get('model.encoder.conv1.weight.scale'), {
      ...file.tensors.get('model.encoder.conv1.weight.scale'),
      format: 'F32',
      shape: [16],
    });
    assert.equal(file.tensors.get('model.encoder.embed_positions.weight')?.format, 'F16');
    assert.equal(file.tensors.get('model.encoder.conv1.bias')?.format, 'F16');
    await file.close();
    for (const [name, values] of await read(to)) {
      const original = weights.get(name)!;
      const error = Math.sqrt(values.reduce((sum, value, i) => sum + (value - original[i]!) ** 2, 0) / values.length);
      // Weights of a row are even between -a and a, so a step is a / 127 and its rounding error a / 127 / sqrt(12).
      const size = Math.max(...original.map(Math.abs));
      assert.ok(error <= size / 127 / Math.sqrt(12) + 1e-9, `${name}: ${error}`);
    }
  });

  it('stays the same when it is exported again in 8 bits', async () => {
    const [once, twice] = [join(folder, 'once'), join(folder, 'twice')];
    const first = await exportModel({ from, to: once, format: 'safetensors', precision: 'int8' });
    const second = await exportModel({ from: once, to: twice, format: 'safetensors', precision: 'int8' });
    const [a, b] = [await read(once), await read(twice)];
    for (const [name, values] of a)
      values.forEach((value, i) => assert.ok(Math.abs(value - b.get(name)![i]!) < 1e-6 + 1e-6 * Math.abs(value)));
    assert.equal(first.length, second.length);
  });

  it('has its configuration, tokenizer, licence, and a README with origin and hash', async () => {
    const to = join(folder, 'whole');
    const hash = await exportModel({ from, to, format: 'safetensors', precision: 'int8', origin: 'a tiny model' });
    assert.deepEqual(readdirSync(to).sort(), [
      'LICENSE',
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(to, 'model.safetensors')))
        .digest('hex'),
      hash,
    );
    const readme = readFileSync(join(to, 'README.md'), 'utf8');
    assert.match(readme, /a tiny model/);
    assert.ok(readme.includes(hash));
    const config = JSON.parse(readFileSync(join(to, 'config.json'), 'utf8')) as {
      quantization_config: { bits: number };
    };
    assert.equal(config.quantization_config.bits, 8);
  });

  it('is refused where something is already, and leaves nothing behind when the weights are broken', async () => {
    await assert.rejects(
      exportModel({ from, to: from, format: 'safetensors', precision: 'f16' }),
      (error: unknown) => error instanceof UsageError && error.code === 'export',
    );
    const broken = await writeTinyModel(join(folder, 'broken'), { config: { encoder_layers: 5 } });
    const to = join(folder, 'never');
    await assert.rejects(exportModel({ from: broken, to, format: 'safetensors', precision: 'f16' }), UsageError);
    assert.ok(!existsSync(to) && !existsSync(`${to}.incomplete`));
  });
});
