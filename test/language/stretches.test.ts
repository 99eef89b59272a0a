import assert from 'node:assert/strict';
import fc from 'fast-check';
import { attendedMean } from '../../src/language/attended.ts';
import { acousticCalibrator } from '../../src/language/calibrators/acoustic.ts';
import { languageOverPositions, languageStretches, stretchPlaces } from '../../src/language/stretches.ts';
import { toyModel, toyTokenizer } from '../support/toy-model.ts';

const words = ['a'];
const { languages } = toyTokenizer(words);
/** Hears Mandarin at positions below 100 and English from there on, each position counting once. */
const model = toyModel({
  words,
  next: (_tokens, states) => {
    const share = states.filter((position) => position < 100).length / states.length;
    return new Map([
      [languages.get('zh')!, Math.log(share + 1e-6)],
      [languages.get('en')!, Math.log(1 - share + 1e-6)],
    ]);
  },
});
const states = Float32Array.from({ length: 1500 }, (_, position) => position);
const options = { stretch: 0.5, hop: 0.25, temperature: 1 };

describe('the language over time', () => {
  it('covers what is heard and nothing else, in stretches of one length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1500 }),
        fc.double({ min: 0.1, max: 40, noNaN: true }),
        fc.double({ min: 0.02, max: 40, noNaN: true }),
        (heard, stretch, hop) => {
          const places = stretchPlaces(heard, { stretch, hop });
          const length = Math.min(heard, Math.round(stretch * 50));
          assert.equal(places[0]!.start, 0);
          assert.equal(places.at(-1)!.end, heard);
          for (const [i, { start, end }] of places.entries()) {
            assert.equal(end - start, length);
            if (i > 0) assert.ok(start > places[i - 1]!.start && start - places[i - 1]!.start <= Math.round(hop * 50));
          }
        },
      ),
    );
  });

  it('hears each language where it is spoken', async () => {
    const stretches = await languageStretches(model, states, 200, ['zh', 'en'], options);
    for (const { start, end, probabilities } of stretches) {
      assert.ok(Math.abs(probabilities[0]! + probabilities[1]! - 1) < 1e-9);
      if (end <= 100) assert.ok(probabilities[0]! > 0.999);
      if (start >= 100) assert.ok(probabilities[1]! > 0.999);
    }
    assert.equal(model.open(), 0);
    const swapped = await languageStretches(model, states, 200, ['en', 'zh'], options);
    assert.deepEqual(swapped[0]!.probabilities, [...stretches[0]!.probabilities].reverse());
  });

  it('divides the scores of the tags by the temperature', async () => {
    const [first] = await languageStretches(model, states.subarray(88), 25, ['zh', 'en'], options);
    const [tempered] = await languageStretches(model, states.subarray(88), 25, ['zh', 'en'], {
      ...options,
      temperature: 3,
    });
    const odds = ([zh, en]: readonly number[]) => Math.log(zh! / en!);
    assert.ok(Math.abs(odds(tempered!.probabilities) - odds(first!.probabilities) / 3) < 1e-9);
  });

  it('goes from the middle of one stretch to that of the next in a straight line', () => {
    const stretches = [
      { start: 0, end: 3, probabilities: [1, 0] },
      { start: 4, end: 7, probabilities: [0, 1] },
    ];
    const zh = Array.from({ length: 8 }, (_, position) => languageOverPositions(stretches, 8)[2 * position]);
    assert.deepEqual(zh, [1, 1, 0.75, 0.5, 0.25, 0, 0, 0]);
  });

  it('is carried to a token by its attention on what is heard', () => {
    const values = Float64Array.of(1, 0, 0.5, 0.5, 0, 1);
    assert.deepEqual([...attendedMean([0.25, 0, 0.25, 0.5], values, 2)], [0.5, 0.5]);
    assert.deepEqual([...attendedMean([0, 0, 0.125, 0.875], values, 2)], [0, 1]);
    assert.deepEqual([...attendedMean([0, 0, 0, 1], values, 2)], [0.5, 0.5]);
  });

  it('is what the acoustic calibrator tells of a token, never surer than its floor', async () => {
    const calibrator = acousticCalibrator(['zh', 'en'], 0.1, options);
    const opened = await calibrator.open({ model, states, positions: 1500, heard: 200, detected: [0.5, 0.5] });
    const attention = (position: number) => Float32Array.from({ length: 1500 }, (_, t) => (t === position ? 0.4 : 0));
    const at = (position: number) =>
      opened.posterior({ prompts: [], state: null, attention: attention(position) }, opened.start);
    assert.deepEqual(
      [...at(20)].map((value) => value.toFixed(9)),
      ['0.900000000', '0.100000000'],
    );
    assert.deepEqual(
      [...at(180)].map((value) => value.toFixed(9)),
      ['0.100000000', '0.900000000'],
    );
  });
});
