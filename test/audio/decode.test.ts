import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { decodeAudio } from '../../src/audio/decode.ts';
import { resample } from '../../src/audio/resampler.ts';
import { rejection } from './refusal.ts';
import { letters } from './wav-bytes.ts';

const NO_FFMPEG = { ffmpeg: null };
const file = (name: string) => new Uint8Array(readFileSync(`fixtures/formats/${name}`));
const decode = (name: string) => decodeAudio(file(name), name, NO_FFMPEG);

/** The signals that `fixtures/formats/make.sh` asks for, half a second at `rate`. */
const rise = (rate: number) =>
  Float32Array.from(
    { length: rate / 2 },
    (_, i) => 0.5 * Math.sin(2 * Math.PI * (300 * (i / rate) + 400 * (i / rate) ** 2)),
  );
const steady = (rate: number) =>
  Float32Array.from({ length: rate / 2 }, (_, i) => 0.25 * Math.sin((2 * Math.PI * 440 * i) / rate));

/** Signal to noise in dB, over what the two have in common. */
function agreement(actual: Float32Array, expected: Float32Array): number {
  let signal = 0;
  let noise = 0;
  for (const [i, sample] of expected.entries()) {
    signal += sample ** 2;
    noise += ((actual[i] ?? 0) - sample) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe('decodeAudio', () => {
  describe('gives the same samples from every lossless format', () => {
    for (const name of ['rise.flac', 'rise.aiff', 'rise.sph']) {
      it(name, async () => assert.deepEqual(await decode(name), await decode('rise.wav')));
    }

    it('two-tones-24-bit.flac, whose channels were computed here again', async () => {
      const { channels, sampleRate } = await decode('two-tones-24-bit.flac');
      assert.equal(sampleRate, 44_100);
      for (const [channel, expected] of [rise(44_100), steady(44_100)].entries()) {
        assert.equal(channels[channel]?.length, expected.length);
        for (const [i, sample] of expected.entries())
          assert.ok(Math.abs((channels[channel]?.[i] ?? 9) - sample) < 2 ** -22);
      }
    });
  });

  it('reads mu-law from an AU file to 13 bits', async () => {
    const { channels } = await decode('rise.au');
    assert.ok(agreement(channels[0] ?? new Float32Array(0), rise(16_000)) > 35);
  });

  describe('gives lossy formats at their own place in time, without the codec’s delay', () => {
    const cases: readonly [string, number, number, number][] = [
      ['rise.mp3', 16_000, 1, 15],
      ['two-tones-vbr.mp3', 44_100, 2, 15],
      ['rise.opus', 48_000, 1, 15],
      ['two-tones.opus', 48_000, 2, 15],
      ['rise.ogg', 16_000, 1, 15],
      ['two-tones.ogg', 44_100, 2, 15],
    ];
    for (const [name, rate, count, decibels] of cases) {
      it(name, async () => {
        const { channels, sampleRate } = await decode(name);
        assert.equal(sampleRate, rate);
        assert.equal(channels.length, count);
        for (const [channel, expected] of [rise(rate), steady(rate)].slice(0, count).entries()) {
          const actual = channels[channel] ?? new Float32Array(0);
          assert.ok(Math.abs(actual.length - expected.length) <= 0, `${actual.length} samples, not ${expected.length}`);
          const snr = agreement(actual, expected);
          assert.ok(snr > decibels, `${name} channel ${channel}: ${snr.toFixed(1)} dB`);
        }
      });
    }
  });

  it('goes by the bytes and not by the name', async () => {
    assert.deepEqual(await decodeAudio(file('rise.flac'), 'called.wav', NO_FFMPEG), await decode('rise.wav'));
  });

  it('leaves the console alone and as it was, however damaged the file', async () => {
    const { error, warn } = console;
    const lines: unknown[] = [];
    console.error = console.warn = (...words: unknown[]) => lines.push(words);
    const { error: planted } = console;
    try {
      const bytes = file('two-tones-vbr.mp3');
      bytes.fill(0x55, 1200, 1900);
      await decodeAudio(bytes, 'a.mp3', { ...NO_FFMPEG, damaged: 'keep' }).catch(() => undefined);
      assert.equal(console.error, planted);
    } finally {
      Object.assign(console, { error, warn });
    }
    assert.deepEqual(lines, []);
  });

  describe('refuses, and says why', () => {
    const refuses = (title: string, bytes: () => Uint8Array, code: string, message: RegExp) =>
      it(title, async () => assert.match(await rejection(decodeAudio(bytes(), 'a.x', NO_FFMPEG), code), message));
    const changed = (name: string, change: (bytes: Uint8Array) => Uint8Array | void) => () => {
      const bytes = file(name);
      return change(bytes) ?? bytes;
    };

    refuses('an empty file', () => new Uint8Array(0), 'empty-file', /^a\.x: is empty/);
    refuses(
      'a web page',
      () => letters('<!DOCTYPE html><title>404'),
      'needs-ffmpeg',
      /is text, perhaps the error page/,
    );
    refuses('an M4A file without ffmpeg', () => file('rise.m4a'), 'needs-ffmpeg', /is an MP4 or M4A file.*convert/);
    refuses(
      'samples without a header',
      () => file('rise.wav').slice(44),
      'not-audio',
      /begins with bytes .*add one \(ffmpeg -f s16le/,
    );
    refuses(
      'a WAV without samples',
      () =>
        file('rise.wav')
          .map((byte, i) => (i >= 40 && i < 44 ? 0 : byte))
          .slice(0, 44),
      'no-samples',
      /holds no samples/,
    );
    refuses(
      'a FLAC that is cut short',
      changed('rise.flac', (bytes) => bytes.slice(0, -100)),
      'truncated-data',
      /cut off in the frame at byte \d+, after \d+ samples/,
    );
    refuses(
      'a FLAC that lacks its last frame',
      changed('rise.flac', lastFrameCut),
      'truncated-data',
      /claims 8000 samples and the file ends after \d+/,
    );
    refuses(
      'a FLAC with a flipped bit',
      changed('rise.flac', (bytes) => void (bytes[9500]! ^= 4)),
      'corrupt-data',
      /no whole FLAC frame begins at byte \d+/,
    );
    refuses(
      'a FLAC without STREAMINFO',
      changed('rise.flac', (bytes) => void (bytes[4] = 4)),
      'bad-header',
      /at byte 4, is not a whole STREAMINFO/,
    );
    refuses(
      'an MP3 that is cut short',
      changed('rise.mp3', (bytes) => bytes.slice(0, -50)),
      'truncated-data',
      /the last MPEG frame is cut off/,
    );
    refuses(
      'an MP3 with frames missing',
      changed('rise.mp3', (bytes) => bytes.slice(0, -432)),
      'truncated-data',
      /announces \d+ MPEG frames and the file holds \d+/,
    );
    refuses(
      'an MP3 with a hole',
      changed('rise.mp3', (bytes) => void bytes.fill(0, 500, 1000)),
      'corrupt-data',
      /no MPEG frames between bytes \d+ and \d+/,
    );
    refuses(
      'an Opus file that is cut short',
      changed('rise.opus', (bytes) => bytes.slice(0, -50)),
      'truncated-data',
      /Ogg page at byte \d+ is cut off/,
    );
    refuses(
      'a Vorbis file with a flipped bit',
      changed('rise.ogg', (bytes) => void (bytes[3900]! ^= 1)),
      'corrupt-data',
      /check sum of the Ogg page at byte \d+/,
    );
    refuses(
      'an AIFF that is cut short',
      changed('rise.aiff', (bytes) => bytes.slice(0, -50)),
      'truncated-data',
      /claims 8000 frames and the file ends after 7975/,
    );

    it('a float WAV that holds a NaN, or values in another scale', async () => {
      for (const [value, code] of [
        [NaN, 'not-finite'],
        [-Infinity, 'not-finite'],
        [20_000, 'sample-range'],
      ] as const) {
        const bytes = new Uint8Array(52);
        bytes.set(file('rise.wav').subarray(0, 44));
        const view = new DataView(bytes.buffer);
        view.setUint16(20, 3, true);
        view.setUint16(32, 4, true);
        view.setUint16(34, 32, true);
        view.setUint32(40, 8, true);
        view.setFloat32(48, value, true);
        assert.match(
          await rejection(decodeAudio(bytes, 'a.wav', NO_FFMPEG), code),
          /^a\.wav: sample 1 of channel 0 \(0\.000 s\) is/,
        );
      }
    });

    it('a recording that lasts too long, in every format', async () => {
      for (const name of readdirSync('fixtures/formats').filter((each) => !/\.(sh|m4a)$/.test(each))) {
        await rejection(decodeAudio(file(name), name, { ...NO_FFMPEG, maxSeconds: 0.4 }), 'too-long');
      }
    });
  });

  it('keeps what can be decoded when told to', async () => {
    const whole = (await decode('rise.flac')).channels[0] ?? new Float32Array(0);
    const cut = await decodeAudio(file('rise.flac').slice(0, -100), 'a.flac', { ...NO_FFMPEG, damaged: 'keep' });
    const kept = cut.channels[0] ?? new Float32Array(0);
    assert.ok(kept.length > 1000 && kept.length < whole.length);
    assert.deepEqual(kept, whole.subarray(0, kept.length));
  });

  it('reads the recordings that the README transcribes', async () => {
    const seconds: Record<string, number> = {};
    for (const name of readdirSync('fixtures/audio')) {
      const { channels, sampleRate } = await decodeAudio(
        new Uint8Array(readFileSync(`fixtures/audio/${name}`)),
        name,
        NO_FFMPEG,
      );
      seconds[name] = resample(channels[0] ?? new Float32Array(0), sampleRate, 16_000).length / 16_000;
    }
    assert.equal(seconds['english-jfk.flac'], 11);
    assert.ok(Object.values(seconds).every((each) => each > 5));
  });
});

/** The last frame begins at the last sync code. */
function lastFrameCut(bytes: Uint8Array): Uint8Array {
  let at = bytes.length - 2;
  while (!(bytes[at] === 0xff && bytes[at + 1] === 0xf8)) at--;
  return bytes.slice(0, at);
}
