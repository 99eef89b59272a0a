import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findModel } from '../../src/whisper/find-model.ts';
import { openModel } from '../../src/whisper/open-model.ts';
import { checkShapes } from '../../src/whisper/weights.ts';

describe('the model in the repository', () => {
  const folder = 'models/whisper-base-int8';

  it('is below 80 MB, with the licence and the hash that its README tells', async () => {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    assert.ok(bytes < 80e6, `${bytes} bytes`);
    assert.match(readFileSync(join(folder, 'LICENSE'), 'utf8'), /MIT License[\s\S]*OpenAI/);
    const { facts, source } = await openModel(folder, folder);
    await source.close();
    assert.ok(readFileSync(join(folder, 'README.md'), 'utf8').includes(`| model.safetensors | ${facts.sha256} |`));
  });

  it("is found by its name, and is Whisper base's multilingual network", async () => {
    const { dimensions, facts, tokenizer, source } = await openModel(await findModel('whisper-base-int8'), 'base');
    checkShapes(source, dimensions);
    await source.close();
    assert.deepEqual([dimensions.width, dimensions.encoderLayers, dimensions.decoderLayers], [512, 6, 6]);
    assert.deepEqual([facts.bands, facts.vocabularySize, facts.multilingual], [80, 51_865, true]);
    assert.equal(facts.alignmentHeads.length, 8);
    assert.deepEqual([tokenizer.languages.get('zh'), tokenizer.languages.size], [50_260, 99]);
  });
});
