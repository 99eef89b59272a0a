import assert from 'node:assert/strict';
import fc from 'fast-check';
import { withFloor } from '../../../src/language/calibrators/floor.ts';

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });

describe('the floor under a calibrator', () => {
  it('clips two languages to [floor, 1 - floor]', () => {
    assert.deepEqual([...withFloor([1, 0], 0.25)], [0.75, 0.25]);
    assert.deepEqual([...withFloor([0.25, 0.75], 0.125)], [0.25, 0.75]);
  });

  it('gives a distribution with nothing below the floor, in the order of what came in', () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0, max: 0.5, noNaN: true }), (probabilities, floor) => {
        const raised = withFloor(probabilities, floor);
        const least = Math.min(floor, 1 / probabilities.length);
        assert.ok(Math.abs(raised.reduce((sum, value) => sum + value, 0) - 1) < 1e-9);
        assert.ok(raised.every((value) => value >= least - 1e-12));
        for (let i = 0; i < raised.length; i++) {
          for (let j = 0; j < i; j++) {
            if (probabilities[i]! > probabilities[j]!) assert.ok(raised[i]! >= raised[j]! - 1e-12);
          }
        }
      }),
    );
  });

  it('is the nearest of them in relative entropy', () => {
    const p = [0.02, 0.18, 0.8];
    const distance = (q: ArrayLike<number>) => p.reduce((sum, value, i) => sum + value * Math.log(value / q[i]!), 0);
    const found = distance(withFloor(p, 0.2));
    for (let a = 0.2; a <= 0.6; a += 0.01) {
      for (let b = 0.2; b <= 0.8 - a; b += 0.01) assert.ok(distance([a, b, 1 - a - b]) >= found - 1e-9);
    }
  });
});
