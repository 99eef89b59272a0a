import assert from 'node:assert/strict';
import { join } from 'node:path';
import { firstValueFrom, from, lastValueFrom, toArray } from 'rxjs';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../src/errors.ts';
import { encode } from '../../src/operators/encode.ts';
import type { LogMel } from '../../src/records.ts';
import { acquireModel } from '../../src/whisper/load-model.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyDimensions, writeTinyModel } from '../support/tiny-model.ts';

/** A log-mel that differs from frame to frame. */
function logMelOf(frames: number, bands = 80): LogMel {
  return {
    kind: 'log-mel',
    id: `${frames} frames`,
    origin: { path: 'a.wav', start: 0, duration: frames / 100, reference: null, speaker: null, piece: null },
    values: Float32Array.from({ length: bands * frames }, (_, i) => Math.sin(i)),
    tail: new Float32Array(4 * bands),
    bands,
    frames,
  };
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('encode', () => {
  const model = join(temporaryFolder(), 'tiny');
  before(() => writeTinyModel(model));
  const run = (options: Parameters<typeof encode>[0], ...logMels: LogMel[]) =>
    lastValueFrom(from(logMels).pipe(encode({ model, ...options }), toArray()));

  it('gives the states of a full window, zeros behind the audio, and keeps the log-mel', async () => {
    const logMel = logMelOf(31);
    const [encoding] = await run({}, logMel);
    const full = 2 * tinyDimensions.audioPositions;
    assert.equal(encoding?.positions, full / 2);
    assert.equal(encoding.width, tinyDimensions.width);
    assert.equal(encoding.states.length, (full / 2) * tinyDimensions.width);
    assert.deepEqual(encoding.window, { kind: 'full' });
    assert.equal(encoding.model, model);
    assert.equal(encoding.logMel, logMel);
    assert.equal(encoding.id, logMel.id);

    const padded = new Float32Array(80 * full);
    for (let band = 0; band < 80; band++) padded.set(logMel.values.subarray(band * 31, (band + 1) * 31), band * full);
    const loaded = await acquireModel(model, { device: 'auto' });
    assert.deepEqual(encoding.states, await loaded.model.encode(padded, full));
    loaded.release();
    await settled();
  });

  it('fits the window to audio and slack, in whole positions, at most a full one', async () => {
    const options = { window: 'fit', slack: 0.2 } as const;
    const encodings = await run(options, logMelOf(1), logMelOf(10), logMelOf(11), logMelOf(500));
    assert.deepEqual(
      encodings.map(({ positions }) => positions),
      [11, 15, 16, tinyDimensions.audioPositions],
    );
    assert.deepEqual(encodings[0]?.window, { kind: 'fit', slack: 0.2 });
  });

  it('encodes the beginning of what is longer than a window, and a recording without a frame', async () => {
    const [long, empty] = await run({}, logMelOf(200), logMelOf(0));
    const [cut] = await run({}, { ...logMelOf(200), values: firstFrames(logMelOf(200), 80), frames: 80 });
    assert.deepEqual(long?.states, cut?.states);
    assert.ok(empty?.states.every(Number.isFinite));
  });

  it('says which bands the model hears when it is given others', () =>
    assert.rejects(
      run({}, logMelOf(10, 128)),
      (error: unknown) => error instanceof UsageError && /hears 80 bands and is given 128/.test(error.message),
    ));

  it('frees the model when the stream ends, fails or is left', async () => {
    const born = tf.memory().numTensors;
    await run({}, logMelOf(10));
    await settled();
    assert.equal(tf.memory().numTensors, born);
    await run({}, logMelOf(10, 128)).catch(() => undefined);
    await settled();
    assert.equal(tf.memory().numTensors, born);
    await firstValueFrom(from([logMelOf(10), logMelOf(12)]).pipe(encode({ model })));
    await settled();
    assert.equal(tf.memory().numTensors, born);
  });

  it('refuses unknown windows and a slack below zero', () => {
    assert.throws(() => encode({ window: 'half' as never }), UsageError);
    assert.throws(() => encode({ slack: -1 }), UsageError);
  });
});

function firstFrames({ values, bands, frames }: LogMel, wanted: number): Float32Array {
  const cut = new Float32Array(bands * wanted);
  for (let band = 0; band < bands; band++)
    cut.set(values.subarray(band * frames, band * frames + wanted), band * wanted);
  return cut;
}
