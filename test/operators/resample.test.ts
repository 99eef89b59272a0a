import assert from 'node:assert/strict';
import { lastValueFrom, of } from 'rxjs';
import { resample as resampleSamples } from '../../src/audio/resampler.ts';
import { UsageError } from '../../src/errors.ts';
import { resample } from '../../src/operators/resample.ts';
import type { Waveform } from '../../src/records.ts';
import { sinad, sine } from '../audio/tones.ts';

const waveform: Waveform = {
  kind: 'waveform',
  id: 'a',
  origin: { path: 'a.wav', start: 2, duration: 1, reference: null, speaker: 's1', piece: null },
  samples: sine(1000, 44_100, 44_100),
  sampleRate: 44_100,
};

describe('resample', () => {
  it('brings a waveform to 16 kHz and keeps all else', async () => {
    const { samples, ...rest } = await lastValueFrom(of(waveform).pipe(resample()));
    const { samples: _, ...before } = waveform;
    assert.deepEqual(rest, { ...before, sampleRate: 16_000 });
    assert.equal(samples.length, 16_000);
    assert.ok(sinad(samples, sine(1000, 16_000, 16_000), 800) > 90);
  });

  it('passes a waveform that has the rate already as it is', async () => {
    assert.equal(await lastValueFrom(of(waveform).pipe(resample({ sampleRate: 44_100 }))), waveform);
  });

  it('goes to any rate with either filter', async () => {
    const result = await lastValueFrom(of(waveform).pipe(resample({ sampleRate: 8000, quality: 'best' })));
    assert.deepEqual(result.samples, resampleSamples(waveform.samples, 44_100, 8000, 'best'));
    assert.equal(result.sampleRate, 8000);
  });

  it('knows no impossible rates', () => {
    for (const sampleRate of [0, -16_000, 16_000.5, NaN, 10_000_000])
      assert.throws(() => resample({ sampleRate }), UsageError);
  });
});
