import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  asNumbers,
  bfloatsToFloats,
  floatsToHalves,
  halfToFloat,
  halvesToFloats,
} from '../../src/whisper/number-formats.ts';

const every = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const toHalf = (value: number) => floatsToHalves(Float32Array.of(value))[0]!;

describe('16-bit floats', () => {
  it('have the values of IEEE 754', () => {
    // https://en.wikipedia.org/wiki/Half-precision_floating-point_format, examples
    const known: [number, number][] = [
      [0x0001, 2 ** -24],
      [0x03ff, 2 ** -14 * (1023 / 1024)],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0x3c01, 1 + 2 ** -10],
      [0x7bff, 65_504],
      [0x7c00, Infinity],
      [0x8000, -0],
      [0xc000, -2],
      [0xfc00, -Infinity],
    ];
    for (const [bits, value] of known) assert.equal(halfToFloat(bits), value);
    assert.ok(Number.isNaN(halfToFloat(0x7e00)));
  });

  it('go to 32 bits and back, every one', () => {
    const back = floatsToHalves(halvesToFloats(every));
    for (const bits of every) {
      if (Number.isNaN(halfToFloat(bits))) assert.ok(Number.isNaN(halfToFloat(back[bits]!)));
      else assert.equal(back[bits], bits);
    }
  });

  it('are the nearest to a number, the even one of two', () => {
    const finite = [...every.subarray(0, 0x7c00)].map(halfToFloat);
    const nearest = (value: number): number => {
      let below = 0;
      for (let step = 1 << 14; step > 0; step >>= 1) if (finite[below + step]! <= value) below += step;
      const above = finite[below + 1] ?? 65_536;
      const middle = (finite[below]! + above) / 2;
      return value < middle || (value === middle && below % 2 === 0) ? below : below + 1;
    };
    const value = fc.oneof(
      fc.float({ noNaN: true, min: 0, max: 65_536 }),
      fc.float({ noNaN: true, min: 0, max: Math.fround(1e-4) }),
      // Just between two neighbours, and a hair beside it.
      fc
        .tuple(fc.nat(0x7bfe), fc.constantFrom(-1e-6, 0, 1e-6))
        .map(([below, hair]) => Math.fround(((finite[below]! + finite[below + 1]!) / 2) * (1 + hair))),
    );
    fc.assert(
      fc.property(value, (number) => {
        assert.equal(toHalf(number), nearest(number));
        assert.equal(toHalf(-number), nearest(number) | 0x8000);
      }),
      { numRuns: 3000 },
    );
  });

  it('of the other kind are the upper half of 32', () => {
    assert.deepEqual([...bfloatsToFloats(Uint16Array.of(0x3f80, 0xc049, 0x0001))], [1, -3.140625, 2 ** -133]);
  });
});

describe('numbers in bytes', () => {
  it('are read from any place', () => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat32(1, 1.5, true);
    assert.deepEqual([...asNumbers(bytes.subarray(1, 5), Float32Array)], [1.5]);
  });
});
