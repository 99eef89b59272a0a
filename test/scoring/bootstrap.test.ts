import assert from 'node:assert/strict';
import { compareRates, defaultBootstrap, rateInterval, type Outcome } from '../../src/scoring/bootstrap.ts';
import { randomNumbers } from '../../src/random-numbers.ts';

/** Utterances of ten units, each wrong with a probability of its own chance. */
function drawn(utterances: number, rate: number, seed: number): Outcome[] {
  const random = randomNumbers(seed);
  return Array.from({ length: utterances }, (_, at) => ({
    errors: Array.from({ length: 10 }, () => (random() < rate ? 1 : 0)).reduce<number>((sum, each) => sum + each, 0),
    units: 10,
    block: `u${at}`,
  }));
}

const near = (value: number | null, expected: number, tolerance: number): void =>
  assert.ok(value !== null && Math.abs(value - expected) <= tolerance, `${value} is not ${expected} ± ${tolerance}`);

describe('the bootstrap', () => {
  it('gives a rate the interval that binomial theory gives it', () => {
    const outcomes = drawn(1000, 0.2, 3);
    const { value, low, high } = rateInterval(outcomes);
    const observed = outcomes.reduce((sum, { errors }) => sum + errors, 0) / 10_000;
    assert.equal(value, observed);
    const error = Math.sqrt((observed * (1 - observed)) / 10_000);
    near(low, observed - 1.96 * error, 0.15 * error);
    near(high, observed + 1.96 * error, 0.15 * error);
  });

  it('knows the distribution of two utterances exactly: 0, a half and 1 with chances 1, 2 and 1 of 4', () => {
    const two = [
      { errors: 0, units: 4, block: 'a' },
      { errors: 4, units: 4, block: 'b' },
    ];
    assert.deepEqual(rateInterval(two, { ...defaultBootstrap, confidence: 0.49 }), { value: 0.5, low: 0.5, high: 0.5 });
    assert.deepEqual(rateInterval(two, { ...defaultBootstrap, confidence: 0.52 }), { value: 0.5, low: 0, high: 1 });
    // The difference to a system without errors has the sign of the rate unless both draws are of the first utterance.
    const { value, p } = compareRates(
      two,
      two.map((outcome) => ({ ...outcome, errors: 0 })),
    );
    assert.equal(value, 0.5);
    near(p, 0.25, 0.015);
  });

  it('widens the interval where the errors of a speaker go together', () => {
    const outcomes = drawn(400, 0.2, 5).map((outcome, at) => ({ ...outcome, errors: at < 100 ? 8 : 0 }));
    const bySpeaker = outcomes.map((outcome, at) => ({ ...outcome, block: `speaker ${Math.floor(at / 100)}` }));
    const width = ({ low, high }: { low: number | null; high: number | null }): number => high! - low!;
    assert.ok(width(rateInterval(bySpeaker)) > 5 * width(rateInterval(outcomes)));
  });

  it('gives blocks of one utterance what it gives utterances, in whatever order they stand', () => {
    const outcomes = drawn(50, 0.3, 7);
    const renamed = outcomes.map((outcome) => ({ ...outcome, block: `speaker of ${outcome.block}` }));
    assert.deepEqual(rateInterval(renamed), rateInterval(outcomes));
    assert.deepEqual(rateInterval(outcomes), rateInterval(outcomes));
    assert.notDeepEqual(rateInterval(outcomes, { ...defaultBootstrap, seed: 2 }), rateInterval(outcomes));
  });

  it('sees a paired difference that the two intervals hide', () => {
    const b = drawn(300, 0.3, 11);
    const a = b.map((outcome, at) => ({ ...outcome, errors: Math.max(0, outcome.errors - (at % 10 === 0 ? 1 : 0)) }));
    const [ofA, ofB, both] = [rateInterval(a), rateInterval(b), compareRates(a, b)];
    assert.ok(ofA.high! > ofB.low!);
    assert.ok(both.value! < 0 && both.high! < 0 && both.p! < 0.001);
    near(both.value, ofA.value! - ofB.value!, 1e-12);
  });

  it('finds no difference between a system and itself, nor at odds of one half between equals', () => {
    const a = drawn(200, 0.3, 13);
    assert.deepEqual(compareRates(a, a), { value: 0, low: 0, high: 0, p: 1 });
    const rejected = Array.from({ length: 100 }, (_, trial) => {
      const [one, other] = [drawn(60, 0.3, 1000 + trial), drawn(60, 0.3, 2000 + trial)];
      const { low, high } = compareRates(one, other, { ...defaultBootstrap, resamples: 500 });
      return low! > 0 || high! < 0;
    }).filter(Boolean).length;
    assert.ok(rejected <= 14, `${rejected} of 100 true null hypotheses are outside a 95 % interval`);
  });

  it('says null where there is nothing to form a rate of', () => {
    const silent = [{ errors: 0, units: 0, block: 'a' }];
    assert.deepEqual(rateInterval([]), { value: null, low: null, high: null });
    assert.deepEqual(rateInterval(silent), { value: null, low: null, high: null });
    assert.deepEqual(compareRates(silent, silent), { value: null, low: null, high: null, p: null });
  });

  it('refuses to compare what was not said by the same', () => {
    const [a, b] = [drawn(3, 0.5, 1), drawn(2, 0.5, 1)];
    assert.throws(() => compareRates(a, b), RangeError);
    assert.throws(() => compareRates(a, [...b, { errors: 0, units: 11, block: 'u2' }]), RangeError);
  });
});
