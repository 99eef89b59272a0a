import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../src/errors.ts';
import { acquireModel, checkRoom } from '../../src/whisper/load-model.ts';
import { temporaryFolder } from '../support/folder.ts';
import { tinyDimensions, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

/** Releases free the weights behind the promise of the model that they wait for. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a model that is acquired', () => {
  const folder = temporaryFolder();
  const tiny = join(folder, 'tiny');
  before(async () => {
    await writeTinyModel(tiny);
    // The device loads before tensors are counted.
    (await acquireModel(tiny, { device: 'auto' })).release();
    await settled();
  });

  it('is loaded once for all who ask, and freed by the last of them, once each', async () => {
    const born = tf.memory().numTensors;
    const notes: string[] = [];
    const options = { device: 'tfjs-wasm', note: (message: string) => notes.push(message) } as const;
    const [one, two] = await Promise.all([acquireModel(tiny, options), acquireModel(`${tiny}/`, options)]);
    assert.equal(one.model, two.model);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^Loading .*tiny; computing on tfjs-/);
    assert.equal(tf.memory().numTensors, born + tinyWeights().size);
    one.release();
    one.release();
    await settled();
    assert.equal(tf.memory().numTensors, born + tinyWeights().size);
    two.release();
    await settled();
    assert.equal(tf.memory().numTensors, born);
  });

  it('leaves no tensor behind after encoding, decoding and aligning', async () => {
    const { model, release } = await acquireModel(tiny, { device: 'auto' });
    const born = tf.memory().numTensors;
    const frames = 40;
    const states = await model.encode(new Float32Array(80 * frames).fill(0.1), frames);
    assert.equal(states.length, (frames / 2) * tinyDimensions.width);
    assert.equal(tf.memory().numTensors, born);
    const session = await model.openDecoder(states, frames / 2);
    await session.prefill([[261, 263, 265]], [2]);
    await session.step(Int32Array.of(0, 0), Int32Array.of(5, 6));
    session.dispose();
    assert.equal(tf.memory().numTensors, born);
    await model.align(states, frames / 2, [261, 263, 265, 104]);
    assert.equal(tf.memory().numTensors, born);
    release();
    await settled();
  });

  it('aligns with the log-probabilities that its steps give, over all tokens and over those of text', async () => {
    const { model, release } = await acquireModel(tiny, { device: 'auto' });
    const states = await model.encode(
      Float32Array.from({ length: 800 }, (_, i) => Math.sin(i)),
      10,
    );
    const tokens = [261, 263, 265, 104, 99, 260];
    const session = await model.openDecoder(states, 5);
    const rows = await session.prefill([tokens], [0, 1, 2, 3, 4]);
    session.dispose();
    const alignment = await model.align(states, 5, tokens);
    assert.deepEqual([alignment.heads, alignment.tokens, alignment.positions, alignment.scores.length], [2, 6, 5, 60]);
    rows.forEach(({ logProbabilities }, i) => {
      const powers = logProbabilities!.map((one) => Math.exp(one));
      const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(alignment.logProbabilities[i]! - Math.log(powers[tokens[i + 1]!]! / sum(powers))) < 1e-4);
      const text = sum(powers.subarray(0, model.tokenizer.endOfText)) / sum(powers);
      assert.ok(Math.abs(alignment.logTextProbabilities[i]! - Math.log(text)) < 1e-4);
    });
    release();
    await settled();
  });

  it('refuses windows that do not suit it', async () => {
    const { model, release } = await acquireModel(tiny, { device: 'auto' });
    await assert.rejects(model.encode(new Float32Array(80 * 3), 3), /3 frames does not suit/);
    await assert.rejects(model.encode(new Float32Array(80 * 82), 82), /82 frames does not suit/);
    await assert.rejects(model.encode(new Float32Array(128 * 4), 4), /does not suit 80 bands/);
    release();
    await settled();
  });

  it('that fails to load can be asked for again', async () => {
    const broken = join(folder, 'broken');
    const weights = tinyWeights();
    weights.get('model.decoder.layers.1.fc1.weight')![3] = NaN;
    await writeTinyModel(broken, { weights });
    const born = tf.memory().numTensors;
    const refused = (error: unknown) =>
      error instanceof UsageError && /model\.decoder\.layers\.1\.fc1\.weight holds NaN/.test(error.message);
    await assert.rejects(acquireModel(broken, { device: 'auto' }), refused);
    assert.equal(tf.memory().numTensors, born);
    await writeTinyModel(broken);
    (await acquireModel(broken, { device: 'auto' })).release();
    await settled();
  });

  it('stops loading when the run is aborted', async () => {
    const aborter = new AbortController();
    aborter.abort();
    const born = tf.memory().numTensors;
    await assert.rejects(acquireModel(tiny, { device: 'auto', signal: aborter.signal }), { name: 'AbortError' });
    assert.equal(tf.memory().numTensors, born);
  });

  it('must fit the 4 GB of WebAssembly: medium does not, small does', () => {
    const small = { ...tinyDimensions, vocabularySize: 51_865, audioPositions: 1500, textPositions: 448, width: 768 };
    const ofSmall = { ...small, encoderLayers: 12, decoderLayers: 12, encoderInner: 3072, decoderInner: 3072 };
    const medium = {
      ...ofSmall,
      width: 1024,
      encoderLayers: 24,
      decoderLayers: 24,
      encoderInner: 4096,
      decoderInner: 4096,
    };
    checkRoom('small', 'tfjs-wasm', ofSmall);
    checkRoom('medium', 'tfjs-node', medium);
    assert.throws(() => checkRoom('medium', 'tfjs-wasm', medium), /medium needs 6\.1 GB and tfjs-wasm has 4/);
  });

  it('is named with the places where it was looked for', () =>
    assert.rejects(
      acquireModel('whisper-gigantic', { device: 'auto' }),
      (error: unknown) =>
        error instanceof UsageError &&
        /no model "whisper-gigantic": none of .*models\/whisper-gigantic/.test(error.message),
    ));
});
