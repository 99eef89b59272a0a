import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { loadDevice } from '../../src/tensors/backend.ts';
import { compile } from '../../src/tensors/compile/compile.ts';
import { recordingBackend } from '../../src/tensors/compile/kernels.ts';
import { bestOfRow, decoderHead, headFeeds, headInputs, listedRowsOf } from '../../src/whisper/decoder-head.ts';
import type { Dimensions } from '../../src/whisper/dimensions.ts';
import { listRows } from '../support/list-rows.ts';

const [width, endOfText, vocabularySize] = [4, 60, 70];
const dimensions = { width, vocabularySize } as Dimensions;

/** Numbers that look random, from -1 to 1. */
const noise = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 2_654_435_761 + seed * 40_503) >>> 0) / 2 ** 31 - 1);

describe('the head of the compiled decoder', () => {
  const embedding = noise(width * vocabularySize, 1).map((value) => 3 * value);

  async function open() {
    await loadDevice('cpu');
    const weights = recordingBackend().within(
      () => new Map([['model.decoder.embed_tokens.weight', tf.tensor2d(embedding, [width, vocabularySize])]]),
    );
    return compile(
      ({ states, ...inputs }) => decoderHead(states as tf.Tensor3D, inputs, weights, dimensions, endOfText),
      { states: { type: 'float32', shape: ['paths', 'prompts', width] }, ...headInputs(endOfText) },
    );
  }

  /** Log-probabilities by plain loops. */
  function rowsOf(states: Float32Array): Float32Array {
    const rows = states.length / width;
    return Float32Array.from(
      Array.from({ length: rows }, (_, row) => {
        const logits = Array.from({ length: vocabularySize }, (_, token) =>
          Array.from(
            { length: width },
            (_, i) => states[row * width + i]! * embedding[i * vocabularySize + token]!,
          ).reduce((a, b) => a + b),
        );
        const normaliser = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        return logits.map((logit) => logit - normaliser);
      }).flat(),
    );
  }

  const rowAt = (rows: Float32Array, row: number) => rows.subarray(row * vocabularySize, (row + 1) * vocabularySize);

  it('tells the best of each group, its masses and what is asked for by name, for any paths and prompts', async () => {
    const head = await open();
    const near = (found: Float32Array, expected: Float32Array, what: string): void => {
      assert.equal(found.length, expected.length, what);
      found.forEach((value, i) => {
        const missing = value < -1e29 && expected[i]! < -1e29;
        assert.ok(missing || Math.abs(value - expected[i]!) < 1e-5, `${what} ${i}: ${value}, not ${expected[i]}`);
      });
    };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(0.5, 1, 1.3),
        fc.nat(1000),
        async (paths, prompts, groups, power, seed) => {
          const membership = new Float32Array(groups * endOfText);
          const listed: number[] = [];
          for (let token = 0; token < endOfText; token++) {
            const place = Math.imul(token + 7, seed + 13) % (groups + 2);
            if (place < groups) membership[place * endOfText + token] = 1;
            else if (place === groups) listed.push(token);
          }
          const shortlist = { groups, membership, listed: Int32Array.from(listed), power };
          const rows = paths * prompts;
          const states = noise(rows * width, seed);
          const made = await head.run({
            states: { values: states, shape: [paths, prompts, width] },
            ...headFeeds(shortlist, endOfText, Int32Array.of(rows - 1, 0)),
          });
          const whole = rowsOf(states);
          const [of, { values, shape }] = [(row: number) => rowAt(whole, row), made['logProbabilities']!];
          near(values as Float32Array, Float32Array.of(...of(rows - 1), ...of(0)), 'logProbabilities');
          assert.deepEqual(shape, [2, vocabularySize]);
          const found = listedRowsOf(made, 0, paths, prompts);
          const expected = listRows(whole, rows, prompts, shortlist, endOfText, bestOfRow);
          for (const name of ['bestLogProbabilities', 'listed', 'special', 'masses'] as const) {
            near(found[name], expected[name], name);
          }
          assert.equal(found.powerMasses === null, power === 1);
          if (found.powerMasses !== null) near(found.powerMasses, expected.powerMasses!, 'powerMasses');
          assert.deepEqual(found.best, expected.best);
          const last = listedRowsOf(made, rows - prompts, 1, prompts);
          near(last.special, found.special.subarray(-prompts * (vocabularySize - endOfText)), 'the last path alone');
          near(last.masses, found.masses.subarray(-prompts * groups), 'the last path alone');
        },
      ),
      { numRuns: 40 },
    );
    await head.dispose();
  });
});
