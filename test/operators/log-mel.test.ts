import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { melSpectrogram } from '../../src/audio/mel-spectrogram.ts';
import { RecordError, UsageError } from '../../src/errors.ts';
import { logMel } from '../../src/operators/log-mel.ts';
import type { Waveform } from '../../src/records.ts';

const waveform: Waveform = {
  kind: 'waveform',
  id: 'a',
  origin: { path: 'a.wav', start: 1.5, duration: 0.5, reference: '你好', speaker: null, piece: null },
  samples: Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 5)),
  sampleRate: 16_000,
};

describe('log-mel', () => {
  for (const bands of [80, 128] as const) {
    it(`turns a waveform into ${bands} bands and keeps where it came from`, async () => {
      const record = await lastValueFrom(of(waveform).pipe(logMel({ bands })));
      const { id, origin } = waveform;
      assert.deepEqual(record, { kind: 'log-mel', id, origin, ...melSpectrogram(waveform.samples, bands) });
      assert.equal(record.frames, 50);
    });
  }

  it('has 80 bands unless told otherwise', async () => {
    assert.equal((await lastValueFrom(of(waveform).pipe(logMel()))).bands, 80);
  });

  it('has as many bands as the model named hears, read from its configuration', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diglot-bands-'));
    try {
      for (const bands of [80, 128]) {
        const config = JSON.parse(await readFile('models/whisper-base-int8/config.json', 'utf8')) as object;
        await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, num_mel_bins: bands }));
        assert.equal((await lastValueFrom(of(waveform).pipe(logMel({ model: folder })))).bands, bands);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names the model that is not there', async () => {
    await assert.rejects(
      lastValueFrom(of(waveform).pipe(logMel({ model: 'no-such-model' }))),
      /no model "no-such-model"/,
    );
  });

  it('sends a waveform at another rate back with the mend', async () => {
    const run = lastValueFrom(of({ ...waveform, sampleRate: 44_100 }).pipe(logMel()));
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof RecordError);
      assert.equal(error.code, 'sample-rate');
      assert.match(error.message, /a\.wav is at 44100 Hz; put "resample" before/);
      return true;
    });
  });

  it('knows no other numbers of bands', () => {
    assert.throws(() => logMel({ bands: 64 as 80 }), UsageError);
  });
});
