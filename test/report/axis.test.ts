import assert from 'node:assert/strict';
import fc from 'fast-check';
import { axisOver, shareOf } from '../../src/report/axis.ts';

describe('axisOver', () => {
  it('covers its values between marks that are evenly spaced, few and round', () => {
    const value = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), (values) => {
        const { from, to, ticks } = axisOver(values, 'x', String);
        assert.equal(from, 0);
        assert.ok(to >= Math.max(...values, 0) * (1 - 1e-9), `${to}`);
        assert.ok(ticks.length >= 2 && ticks.length <= 8, ticks.join());
        const step = ticks[1]! - ticks[0]!;
        assert.match(
          String(Number((step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toPrecision(6))),
          /^(1|2|2\.5|5)$/,
        );
        for (const [at, tick] of ticks.entries()) assert.ok(Math.abs(tick - at * step) <= 1e-9 * to);
      }),
    );
  });

  it('marks 0 to 40 in tens for a rate up to 0.31', () => {
    assert.deepEqual(axisOver([0.31], '', String, 4).ticks, [0, 0.1, 0.2, 0.3, 0.4]);
  });
});

describe('shareOf', () => {
  it('never leaves the axis', () => {
    const axis = { from: 0, to: 2 };
    assert.deepEqual(
      [-1, 0, 1, 2, 3].map((value) => shareOf(value, axis)),
      [0, 0, 0.5, 1, 1],
    );
  });
});
