import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wholeRow } from '../../../src/language/token-row.ts';
import type { CalibratedWindow, WindowCalibrator } from '../../../src/language/calibrator.ts';
import { forwardCalibrator } from '../../../src/language/calibrators/forward.ts';

const detected = [0.7, 0.3];
const window = { detected } as unknown as CalibratedWindow;
const open = (switchRate: number) => forwardCalibrator(0, switchRate).open(window);

/** For each token of a path: its log-probability under each prompt. */
type Seen = readonly (readonly [number, number])[];
const path = fc.array(
  fc.tuple(fc.double({ min: -30, max: 0, noNaN: true }), fc.double({ min: -30, max: 0, noNaN: true })),
  { minLength: 1, maxLength: 6 },
);

/** The weights before each token and behind the last; token 0 of a one-word vocabulary stands for each. */
function weights(calibrator: WindowCalibrator, seen: Seen): Float64Array[] {
  let state = calibrator.start;
  const given: Float64Array[] = [];
  for (const pair of seen) {
    const evidence = {
      prompts: pair.map((value) => wholeRow(Float32Array.of(value), 1)),
      state: null,
      attention: null,
    };
    given.push(calibrator.posterior(evidence, state));
    state = calibrator.next(state, 0, evidence);
  }
  return [...given, calibrator.posterior({ prompts: [], state: null, attention: null }, state)];
}

/** P(language of token n | the tokens before it), by summing over every sequence of languages. */
function byEnumeration(seen: Seen, switchRate: number): number[] {
  const joint = [0, 0];
  const count = seen.length + 1;
  for (let bits = 0; bits < 2 ** count; bits++) {
    const languages = Array.from({ length: count }, (_, u) => (bits >> u) & 1);
    let probability = detected[languages[0]!]!;
    languages.forEach((language, u) => {
      if (u > 0) {
        const stays = language === languages[u - 1] ? 1 - switchRate : 0;
        probability *= stays + switchRate * detected[language]!;
      }
      if (u < seen.length) probability *= Math.exp(Math.fround(seen[u]![language]!));
    });
    joint[languages.at(-1)!]! += probability;
  }
  const sum = joint[0]! + joint[1]!;
  return joint.map((value) => value / sum);
}

describe('the forward calibrator', () => {
  it('is the filtered posterior: equal to the sum over all sequences of languages', async () => {
    for (const switchRate of [0, 0.1, 0.5, 1]) {
      const calibrator = await open(switchRate);
      fc.assert(
        fc.property(path, (seen) => {
          const found = weights(calibrator, seen).at(-1)!;
          byEnumeration(seen, switchRate).forEach((value, l) => assert.ok(Math.abs(found[l]! - value) < 1e-9));
        }),
        { numRuns: 50 },
      );
    }
  });

  it('is the constant mixture at a switch rate of 1', async () => {
    const calibrator = await open(1);
    fc.assert(
      fc.property(path, (seen) => {
        for (const q of weights(calibrator, seen)) q.forEach((value, l) => assert.equal(value, detected[l]));
      }),
    );
  });

  it('is the Bayesian mixture of whole sequences at a switch rate of 0', async () => {
    const calibrator = await open(0);
    const seen: Seen = [
      [-1, -3],
      [-2, -0.5],
      [-4, -1],
    ];
    const powers = [detected[0]! * Math.exp(-7), detected[1]! * Math.exp(-4.5)];
    const [zh] = weights(calibrator, seen).at(-1)!;
    assert.ok(Math.abs(zh! - powers[0]! / (powers[0]! + powers[1]!)) < 1e-9);
  });

  it('gives token probabilities whose product is that of the path with the languages summed out', async () => {
    const switchRate = 0.2;
    const calibrator = await open(switchRate);
    const seen: Seen = [
      [-1, -2],
      [-3, -0.25],
    ];
    const given = weights(calibrator, seen);
    const product = seen.reduce(
      (total, pair, u) => total * pair.reduce((sum, value, l) => sum + given[u]![l]! * Math.exp(value), 0),
      1,
    );
    let expected = 0;
    for (const first of [0, 1]) {
      for (const second of [0, 1]) {
        const stays = first === second ? 1 - switchRate : 0;
        const transition = stays + switchRate * detected[second]!;
        expected += detected[first]! * Math.exp(seen[0]![first]!) * transition * Math.exp(seen[1]![second]!);
      }
    }
    assert.ok(Math.abs(product - expected) < 1e-12);
  });

  it('learns nothing from a token that no prompt allows, nor from a single prompt', async () => {
    const calibrator = await open(0.1);
    assert.deepEqual([...weights(calibrator, [[-Infinity, -Infinity]]).at(-1)!], detected);
    const alone = { prompts: [wholeRow(Float32Array.of(-1), 1)], state: null, attention: null };
    assert.deepEqual(calibrator.next(calibrator.start, 0, alone), calibrator.start);
  });
});
