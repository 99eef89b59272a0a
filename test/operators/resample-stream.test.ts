import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { resample } from '../../src/audio/resampler.ts';
import { resampleStream } from '../../src/operators/resample-stream.ts';
import type { Waveform } from '../../src/records.ts';
import { chunksOf, chunkSizes, generator } from '../support/chunked.ts';

function stream(samples: Float32Array, sizes: readonly number[], sampleRate: number, start = 0): Waveform[] {
  let at = 0;
  return [...chunksOf(samples, sizes)].map((chunk, index) => {
    const place = { start: start + at / sampleRate, duration: chunk.length / sampleRate };
    at += chunk.length;
    const origin = { path: 'microphone', ...place, reference: null, speaker: null, piece: null };
    return { kind: 'waveform', id: `microphone@${index}`, origin, samples: chunk, sampleRate };
  });
}
const through = (chunks: readonly Waveform[]): Promise<Waveform[]> =>
  lastValueFrom(from(chunks).pipe(resampleStream(), toArray()));
const joined = (chunks: readonly Waveform[]): Float32Array =>
  Float32Array.from(chunks.flatMap(({ samples }) => [...samples]));

describe('resample-stream', () => {
  it('gives the samples that the whole recording would, however it is cut, each chunk in its place', async () => {
    const rates = fc.constantFrom(8000, 11_025, 16_000, 44_100, 48_000);
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 12_000 }),
        chunkSizes,
        rates,
        async (seed, n, sizes, rate) => {
          const samples = generator(seed, n);
          const chunks = await through(stream(samples, sizes, rate));
          const whole = rate === 16_000 ? samples : resample(samples, rate, 16_000, 'swresample');
          assert.deepEqual(joined(chunks), whole);
          let at = 0;
          for (const { origin, samples: own, sampleRate } of chunks) {
            assert.equal(sampleRate, 16_000);
            assert.ok(Math.abs(origin.start - at / 16_000) < 1e-9 && origin.gap === undefined);
            at += own.length;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('ends before a gap and begins anew behind it, so that times stay right', async () => {
    const [before, after] = [generator(1, 9600), generator(2, 9600)];
    const lost = { start: 0.2, duration: 1.8, records: 30 };
    const behind = stream(after, [960], 48_000, 2);
    behind[0] = { ...behind[0]!, origin: { ...behind[0]!.origin, gap: lost } };
    const chunks = await through([...stream(before, [960], 48_000), ...behind]);
    const at = chunks.findIndex(({ origin }) => origin.gap !== undefined);
    assert.deepEqual(joined(chunks.slice(0, at)), resample(before, 48_000, 16_000, 'swresample'));
    assert.deepEqual(joined(chunks.slice(at)), resample(after, 48_000, 16_000, 'swresample'));
    assert.equal(chunks[at]!.origin.start, 2);
    const { start, duration, records } = chunks[at]!.origin.gap!;
    assert.ok(Math.abs(start - 0.2) < 1e-9 && Math.abs(duration - 1.8) < 1e-9 && records === 30);
    assert.equal(chunks.filter(({ origin }) => origin.gap !== undefined).length, 1);
  });

  it('sees a gap that nobody announced', async () => {
    const chunks = await through([
      ...stream(generator(1, 1600), [400], 16_000),
      ...stream(generator(2, 1600), [400], 16_000, 3),
    ]);
    const [marked, ...others] = chunks.filter(({ origin }) => origin.gap !== undefined);
    assert.deepEqual([marked?.origin.gap, others.length], [{ start: 0.1, duration: 2.9, records: 0 }, 0]);
  });
});
