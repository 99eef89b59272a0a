import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { decodeAudio } from '../../src/audio/decode.ts';
import { melSpectrogram, padOrTrim, SAMPLE_RATE } from '../../src/audio/mel-spectrogram.ts';
import { resample } from '../../src/audio/resampler.ts';
import { decodeWindow } from '../../src/decoding/decode-window.ts';
import { defaultTranscribeOptions } from '../../src/decoding/options.ts';
import { randomNumbers as randomNumbersOfSearch } from '../../src/random-numbers.ts';
import { loadDevice } from '../../src/tensors/backend.ts';
import { acquireModel, type AcquiredModel } from '../../src/whisper/load-model.ts';
import { computePrecisions } from '../../src/whisper/weights.ts';
import { compiledDevice, keepBackend } from '../support/devices.ts';
import { temporaryFolder } from '../support/folder.ts';
import { plainWhisper } from '../support/plain-whisper.ts';
import { randomNumbers, tinyDimensions, tinyWeights, writeTinyModel } from '../support/tiny-model.ts';

const dimensions = tinyDimensions;
const plain = plainWhisper(tinyWeights(), dimensions);
const next = randomNumbers(11);
const tolerance = 1e-4;

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within = tolerance): void {
  assert.equal(actual.length, expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  assert.ok(worst <= within, `differs by ${worst}`);
}

/** Natural log-probabilities of a row of logits. */
function logSoftmax(logits: readonly number[]): number[] {
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => logit - Math.log(sum));
}

const logMelOf = (frames: number) => Float32Array.from({ length: dimensions.bands * frames }, next);

describe('the compiled networks', function () {
  this.timeout(60_000);
  keepBackend();
  const folder = join(temporaryFolder(), 'tiny');
  let cpu: AcquiredModel;
  before(async function () {
    await compiledDevice(this);
    await writeTinyModel(folder);
    cpu = await acquireModel(folder, { device: 'cpu' });
  });
  after(() => {
    // The hook runs also where the one before it skipped.
    (cpu as AcquiredModel | undefined)?.release();
  });

  it('encode like plain loops in 64 bits, windows of any length', async () => {
    for (const frames of [80, 12, 2, 40]) {
      const logMel = logMelOf(frames);
      assertClose(await cpu.model.encode(logMel, frames), plain.encode(logMel, frames).flat());
    }
  });

  it('decode rows that are continued, dropped and doubled like each row alone', async () => {
    for (const frames of [40, 6]) {
      const states = plain.encode(logMelOf(frames), frames);
      const saidOf = (row: readonly number[]) => plain.decode(row, states).logits.map(logSoftmax);
      const session = await cpu.model.openDecoder(Float32Array.from(states.flat()), frames / 2);
      const prompts = [
        [261, 263, 8],
        [261, 262, 8],
      ];
      const outputs = await session.prefill(prompts, [0, 2]);
      [0, 2].forEach((position, index) =>
        assertClose(
          outputs[index]!.logProbabilities!,
          prompts.flatMap((prompt) => saidOf(prompt)[position]!),
        ),
      );
      let rows = prompts;
      for (const [parents, added] of [
        [
          [0, 1, 0, 1],
          [1, 2, 3, 4],
        ],
        [
          [2, 1],
          [4, 5],
        ],
        [
          [0, 0, 0, 1],
          [8, 9, 10, 11],
        ],
      ] as const) {
        rows = parents.map((parent, row) => [...rows[parent]!, added[row]!]);
        const {
          logProbabilities,
          states: none,
          attention,
        } = await session.step(Int32Array.from(parents), Int32Array.from(added));
        assertClose(
          logProbabilities!,
          rows.flatMap((row) => saidOf(row).at(-1)!),
        );
        const repeated = await session.again();
        assertClose(repeated.logProbabilities!, logProbabilities!);
        assert.equal(none, null);
        assert.equal(attention, null);
      }
      const [again] = await session.prefill([[261, 259]], [1]);
      assertClose(again!.logProbabilities!, saidOf([261, 259])[1]!);
      session.dispose();
    }
  });

  it('give the states, attention and alignment of the eager networks', async () => {
    const states = Float32Array.from(plain.encode(logMelOf(30), 30).flat());
    const tokens = Array.from({ length: 20 }, (_, i) => (i === 0 ? 261 : (37 * i) % 256));
    const gather = async ({ model, release }: AcquiredModel) => {
      const session = await model.openDecoder(states, 15, { states: true, attention: true });
      const [first] = await session.prefill([[261, 263, 8]], [1]);
      const second = await session.step(Int32Array.of(0, 0), Int32Array.of(5, 6));
      session.dispose();
      const { scores, logProbabilities, logTextProbabilities, ...sizes } = await model.align(states, 15, tokens);
      release();
      const numbers = [first!, second].flatMap((output) => [
        output.logProbabilities!,
        output.states!,
        output.attention!,
      ]);
      return { sizes, numbers: [...numbers, scores, logProbabilities, logTextProbabilities] };
    };
    const again = await acquireModel(folder, { device: 'cpu' });
    const compiled = await gather(again);
    cpu.release();
    await loadDevice('tfjs-cpu');
    const eager = await gather(await acquireModel(folder, { device: 'tfjs-cpu' }));
    assert.deepEqual(compiled.sizes, eager.sizes);
    compiled.numbers.forEach((numbers, index) => assertClose(numbers, eager.numbers[index]!));
    await loadDevice('cpu');
    cpu = await acquireModel(folder, { device: 'cpu' });
  });

  it('align more tokens than are decoded at once', async () => {
    const states = plain.encode(logMelOf(16), 16);
    const tokens = Array.from({ length: dimensions.textPositions }, (_, i) => (i === 0 ? 261 : (41 * i) % 256));
    const { scores, logProbabilities, heads } = await cpu.model.align(Float32Array.from(states.flat()), 8, tokens);
    const expected = plain.decode(tokens, states);
    assertClose(
      scores,
      cpu.model.facts.alignmentHeads.flatMap(([layer, head]) => expected.scores[layer]![head]!.flat()),
    );
    assert.equal(heads, 2);
    assertClose(
      logProbabilities,
      tokens.slice(1).map((token, i) => {
        const powers = expected.logits[i]!.map(Math.exp);
        return Math.log(powers[token]! / powers.reduce((sum, power) => sum + power, 0));
      }),
    );
  });

  it('tell the probabilities of the last tokens alone where no others are asked for', async () => {
    const states = Float32Array.from(plain.encode(logMelOf(16), 16).flat());
    for (const [length, asked] of [
      [20, 12],
      [20, 19],
      [24, 2],
    ] as const) {
      const tokens = Array.from({ length }, (_, i) => (i === 0 ? 261 : (41 * i) % 256));
      const all = await cpu.model.align(states, 8, tokens);
      const some = await cpu.model.align(states, 8, tokens, asked);
      assertClose(some.scores, all.scores);
      assertClose(some.logProbabilities.slice(asked - 1), all.logProbabilities.slice(asked - 1));
      assertClose(some.logTextProbabilities.slice(asked - 1), all.logTextProbabilities.slice(asked - 1));
    }
  });

  it('tell them of texts that are decoded in several parts', async () => {
    const { model, release } = await acquireModel('whisper-base-int8', { device: 'cpu' });
    const frames = 200;
    const states = await model.encode(Float32Array.from({ length: model.facts.bands * frames }, next), frames);
    const tokens = Array.from({ length: 150 }, (_, i) => (41 * i) % 5000);
    const all = await model.align(states, frames / 2, tokens);
    for (const asked of [20, 64, 90, 130]) {
      const some = await model.align(states, frames / 2, tokens, asked);
      // Sums are made in other portions.
      assertClose(some.scores, all.scores, 2e-3);
      assertClose(some.logProbabilities.slice(asked - 1), all.logProbabilities.slice(asked - 1), 2e-3);
    }
    release();
  });

  it('refuse what the contract of a session forbids', async () => {
    const session = await cpu.model.openDecoder(new Float32Array(4 * dimensions.width), 4);
    await assert.rejects(session.step(Int32Array.of(0), Int32Array.of(1)), /begins with prefill/);
    await assert.rejects(session.prefill([new Array<number>(25).fill(1)], [0]), /25 tokens do not fit 24/);
    await assert.rejects(session.prefill([[1], [1, 2]], [0]), /differ in length/);
    await session.prefill([new Array<number>(23).fill(1)], [22]);
    await assert.rejects(session.step(Int32Array.of(1), Int32Array.of(1)), /Only 1 rows/);
    await session.step(Int32Array.of(0), Int32Array.of(1));
    await assert.rejects(session.step(Int32Array.of(0), Int32Array.of(1)), /at most 24 tokens/);
    session.dispose();
    await assert.rejects(cpu.model.encode(new Float32Array(80 * 3), 3), /does not suit/);
  });

  it('hear in the recordings what openai-whisper hears, and in 8 bits the same of clear speech', async () => {
    const path = 'fixtures/audio/english-jfk.flac';
    const { channels, sampleRate } = await decodeAudio(readFileSync(path), path);
    const { values, frames } = melSpectrogram(padOrTrim(resample(channels[0]!, sampleRate, SAMPLE_RATE)), 80);
    for (const precision of computePrecisions) {
      const { model, release } = await acquireModel('whisper-base-int8', { device: 'cpu', precision });
      const session = await model.openDecoder(await model.encode(values, frames), frames / 2);
      const tools = { session, model, random: randomNumbersOfSearch(0), loopRatio: null };
      const { text } = await decodeWindow(tools, {
        ...defaultTranscribeOptions,
        withoutTimestamps: true,
        temperature: 0,
        tags: [['en']],
      });
      assert.equal(
        text
          .replaceAll(/[^a-z ]/gi, '')
          .trim()
          .toLowerCase(),
        'and so my fellow americans ask not what your country can do for you ask what you can do for your country',
      );
      session.dispose();
      release();
    }
  });

  it('leave no tensor', async () => {
    const born = tf.memory().numTensors;
    const { release } = await acquireModel(folder, { device: 'cpu' });
    assert.equal(tf.memory().numTensors, born);
    release();
  });
});
