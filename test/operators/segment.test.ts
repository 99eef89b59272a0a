import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { lastValueFrom, of, toArray } from 'rxjs';
import { decodeAudio, DEFAULT_DECODE_OPTIONS } from '../../src/audio/decode.ts';
import { RecordError, UsageError } from '../../src/errors.ts';
import { segment } from '../../src/operators/segment.ts';
import type { Waveform } from '../../src/records.ts';
import { shared } from '../support/shared.ts';

async function clip(path: string): Promise<Float32Array> {
  const { channels } = await decodeAudio(readFileSync(path), path, DEFAULT_DECODE_OPTIONS);
  return channels[0]!;
}

function waveform(samples: Float32Array): Waveform {
  const origin = {
    path: 'talk.wav',
    start: 100,
    duration: samples.length / 16_000,
    reference: '你好',
    speaker: 'a',
    piece: null,
  };
  return { kind: 'waveform', id: 'talk', origin, samples, sampleRate: 16_000 };
}

function pieces(recording: Waveform, options: Parameters<typeof segment>[0]): Promise<Waveform[]> {
  return lastValueFrom(of(recording).pipe(segment(options), toArray()));
}

describe('segment', () => {
  let speech: Float32Array;
  before(async () => {
    // 1.5 s in which nobody draws breath.
    speech = (await clip('fixtures/audio/cs_yesterday_zh_en.wav')).slice(0.32 * 16_000, 1.82 * 16_000);
  });

  for (const by of ['voice', 'energy'] as const) {
    it(`finds speech that was laid between silences, to 0.1 s (by ${by})`, async () => {
      const samples = new Float32Array(16_000 * 14);
      const places = [2.5, 9.25];
      for (const place of places) samples.set(speech, place * 16_000);
      const found = await pieces(waveform(samples), { by, padSeconds: 0 });
      assert.equal(found.length, 2);
      for (const [i, { origin }] of found.entries()) {
        assert.ok(Math.abs(origin.start - (100 + places[i]!)) <= 0.1, `begins at ${origin.start}`);
        assert.ok(
          Math.abs(origin.start + origin.duration - (101.5 + places[i]!)) <= 0.1,
          `ends after ${origin.duration}`,
        );
      }
    });
  }

  it('gives pieces that say which they are, with the very samples of their place', async () => {
    const recording = waveform(new Float32Array(16_000 * 12));
    recording.samples.set(speech, 16_000);
    recording.samples.set(speech, 7 * 16_000 + 123);
    const found = await pieces(recording, { minSilenceSeconds: 1 });
    assert.deepEqual(
      found.map(({ id }) => id),
      ['talk#0001', 'talk#0002'],
    );
    for (const [index, { origin, samples, sampleRate }] of found.entries()) {
      assert.deepEqual(origin.piece, { recording: 'talk', index, count: 2 });
      assert.deepEqual([origin.path, origin.reference, origin.speaker, sampleRate], ['talk.wav', '你好', 'a', 16_000]);
      assert.equal(origin.duration, samples.length / 16_000);
      const start = (origin.start - 100) * 16_000;
      assert.ok(Math.abs(start - Math.round(start)) < 1e-6, 'begins between samples');
      assert.deepEqual(samples, recording.samples.slice(Math.round(start), Math.round(start) + samples.length));
    }
  });

  it('drops a recording without speech', async () => {
    assert.deepEqual(await pieces(waveform(new Float32Array(48_000)), {}), []);
    assert.deepEqual(await pieces(waveform(new Float32Array(0)), {}), []);
    assert.deepEqual(await pieces(waveform(new Float32Array(48_000)), { by: 'energy' }), []);
  });

  it('passes recordings whole when nothing is to tell speech, at any rate', async () => {
    const recording = { ...waveform(speech), sampleRate: 44_100 };
    assert.deepEqual(await pieces(recording, { by: 'none' }), [recording]);
  });

  it('keeps no piece longer than asked, with speech that never pauses', async () => {
    const samples = new Float32Array(speech.length * 8);
    for (let i = 0; i < 8; i++) samples.set(speech, i * speech.length);
    const found = await pieces(waveform(samples), { maxSeconds: 3 });
    assert.ok(found.length >= 4 && found.every(({ origin }) => origin.duration <= 3));
    assert.ok(found.reduce((sum, { origin }) => sum + origin.duration, 0) > 11);
  });

  it('sends a waveform at another rate back with the mend', async () => {
    await assert.rejects(pieces({ ...waveform(speech), sampleRate: 8000 }, {}), (error) => {
      return error instanceof RecordError && error.code === 'sample-rate' && error.message.includes('"resample"');
    });
  });

  it('refuses room that would fill the longest piece', () => {
    assert.throws(() => segment({ padSeconds: 2, maxSeconds: 4 }), UsageError);
  });

  it('hears speech in recordings of speech and next to none in noise (needs ../shared)', async function () {
    const heard = async (file: string) => {
      const recording = waveform(await clip(shared(this, `audio/${file}`)));
      const found = await pieces(recording, { padSeconds: 0 });
      return found.reduce((sum, { origin }) => sum + origin.duration, 0) / recording.origin.duration;
    };
    for (const file of [
      'zh_wenet_mid.wav',
      'en_librispeech_1995-1837-0001.wav',
      'zh_funasr_sample.wav',
      'en_sb_spk2_snt2.wav',
    ]) {
      assert.ok((await heard(file)) > 0.5, file);
    }
    for (const file of ['noise_sb_1.wav', 'noise_sb_2.wav', 'noise_sb_4.wav', 'rir_sb_1.wav', 'rir_sb_3.wav']) {
      assert.ok((await heard(file)) < 0.05, file);
    }
  });
});
