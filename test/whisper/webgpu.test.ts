/**
 * The device `webgpu`, which wants a driver: a graphics card's, or SwiftShader's, as in
 *
 *     VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npx mocha test/whisper/webgpu.test.ts
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadDevice } from '../../src/tensors/backend.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { keepBackend } from '../support/devices.ts';
import { temporaryFolder } from '../support/folder.ts';
import { plainWhisper } from '../support/plain-whisper.ts';
import { randomNumbers, tinyDimensions, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

describe('the device webgpu', function () {
  this.timeout(300_000);
  keepBackend();
  const folder = join(temporaryFolder(), 'tiny');

  it('encodes and decodes like plain loops in 64 bits', async function () {
    try {
      await loadDevice('webgpu');
    } catch (error) {
      console.log(`      skipped: ${(error as Error).message}`);
      this.skip();
    }
    await writeTinyModel(folder);
    const { model, release } = await acquireModel(folder, { device: 'webgpu', cacheFolder: folder });
    try {
      const plain = plainWhisper(tinyWeights(), tinyDimensions);
      const next = randomNumbers(3);
      const frames = 80;
      const logMel = Float32Array.from({ length: tinyDimensions.bands * frames }, next);
      const expected = plain.encode(logMel, frames);
      const states = await model.encode(logMel, frames);
      assertClose(states, expected.flat());

      const session = await model.openDecoder(states, frames / 2);
      const prompt = [261, 263, 8];
      const [first] = await session.prefill([prompt], [2]);
      assertClose(first!.logProbabilities!, logSoftmax(plain.decode(prompt, expected).logits[2]!));
      const second = await session.step(Int32Array.of(0, 0), Int32Array.of(9, 17), true);
      for (const [row, token] of [9, 17].entries()) {
        const size = second.logProbabilities!.length / 2;
        assertClose(
          second.logProbabilities!.subarray(row * size, (row + 1) * size),
          logSoftmax(plain.decode([...prompt, token], expected).logits[3]!),
        );
      }
      session.dispose();
    } finally {
      release();
    }
  });
});

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  assert.ok(worst <= 1e-4, `differs by ${worst}`);
}

/** Natural log-probabilities of a row of logits. */
function logSoftmax(logits: readonly number[]): number[] {
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => logit - Math.log(sum));
}
