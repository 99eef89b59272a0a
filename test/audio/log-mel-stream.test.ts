import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLogMelStream } from '../../src/audio/log-mel-stream.ts';
import { melSpectrogram, padOrTrim } from '../../src/audio/mel-spectrogram.ts';
import { generator, chunksOf, chunkSizes } from '../support/chunked.ts';

const close = (one: Float32Array, other: Float32Array): void => {
  assert.equal(one.length, other.length);
  for (let i = 0; i < one.length; i++) assert.ok(Math.abs(one[i]! - other[i]!) <= 1e-6, `value ${i}`);
};

describe('log-mel of a stream', () => {
  it('is that of the whole signal, however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 9000 }), chunkSizes, (seed, length, sizes) => {
        const samples = generator(seed, length);
        const stream = createLogMelStream(80);
        for (const chunk of chunksOf(samples, sizes)) stream.push(chunk);
        const [whole, live] = [melSpectrogram(samples, 80), stream.cut(0)];
        assert.deepEqual([live.frames, live.bands], [whole.frames, whole.bands]);
        close(live.values, whole.values);
        close(live.tail, whole.tail);
      }),
      { numRuns: 60 },
    );
  });

  it('is known before the end: a prefix has the log-mel of what has been heard', () => {
    fc.assert(
      fc.property(fc.integer(), chunkSizes, (seed, sizes) => {
        const samples = generator(seed, 6000);
        const stream = createLogMelStream(80);
        let heard = 0;
        for (const chunk of chunksOf(samples, sizes)) {
          stream.push(chunk);
          heard += chunk.length;
          close(stream.cut(0).values, melSpectrogram(samples.subarray(0, heard), 80).values);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('goes on over what was forgotten, with the floor of what is left', () => {
    // Loud at first: with the loud second in it the floor is higher.
    const samples = generator(1, 48_000).map((sample, i) => (i < 16_000 ? sample : sample / 1e6));
    const stream = createLogMelStream(80);
    for (const chunk of chunksOf(samples, [700])) {
      stream.push(chunk);
      stream.forget(Math.min(150, stream.frames));
    }
    assert.throws(() => stream.cut(149));
    const left = stream.cut(150);
    assert.equal(left.frames, 150);
    const alone = melSpectrogram(samples.subarray(150 * 160 - 320), 80);
    for (let band = 0; band < 80; band++) {
      for (let frame = 0; frame < 148; frame++) {
        const [one, other] = [left.values[band * 150 + frame]!, alone.values[band * alone.frames + frame + 2]!];
        assert.ok(Math.abs(one - other) <= 1e-6);
      }
    }
  });

  it('hears silence behind the end', () => {
    const samples = generator(2, 1000);
    const stream = createLogMelStream(80);
    stream.push(samples);
    const padded = melSpectrogram(padOrTrim(samples, 1600), 80);
    const { tail, frames } = stream.cut(0);
    assert.equal(frames, 6);
    for (let band = 0; band < 80; band++) {
      for (let i = 0; i < 4; i++) {
        assert.ok(Math.abs(tail[band * 4 + i]! - padded.values[band * 10 + 6 + i]!) <= 1e-6);
      }
    }
  });

  it('refuses samples that are not numbers', () => {
    const stream = createLogMelStream(80);
    stream.push(Float32Array.of(0, NaN, 0).map((sample) => sample));
    assert.throws(() => stream.cut(0), /not numbers/);
  });
});
