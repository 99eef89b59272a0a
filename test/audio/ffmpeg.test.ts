import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Context } from 'mocha';
import { decodeAudio } from '../../src/audio/decode.ts';
import { resample } from '../../src/audio/resampler.ts';
import { writeWav } from '../../src/audio/write-wav.ts';
import { RecordError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { shared } from '../support/shared.ts';
import { rejection } from './refusal.ts';
import { letters } from './wav-bytes.ts';

function needsFfmpeg(test: Context): void {
  if (spawnSync('ffmpeg', ['-version']).status === 0) return;
  process.stderr.write('    ffmpeg is not installed: skipped\n');
  test.skip();
}

/** 16-bit WAV files, of which there are a hundred alike. */
const PLAIN = /^(en|zh|noise|rir|cs|event|sherpa)_(?!.*mulaw).*\.wav$/;

/** Files that ffmpeg 5.1 does not read, or reads wrongly, with what shows that the fault is its own. */
const PEER_FAULTS: Readonly<Record<string, string>> = {
  'fmt_flac_uncommon_05_32bps_audio.flac': 'not implemented before ffmpeg 6',
  'fmt_mutagen_too-short.mp3': 'one frame, refused',
  'fmt_scipy_test-44100Hz-2ch-32bit-float-be.wav': 'not implemented',
  'fmt_scipy_test-44100Hz-be-1ch-4bytes.wav': 'not implemented',
  'fmt_scipy_test-8000Hz-be-3ch-5S-24bit.wav':
    'read as little-endian; ours equals the 64-bit version of the same signal',
  'fmt_scipy_test-8000Hz-le-3ch-5S-45bit.wav': 'no decoder',
  'fmt_scipy_test-8000Hz-le-3ch-5S-53bit.wav': 'no decoder',
  'multi_fw_multilingual.mp3': '28 dB from mpg123 and from libmad, which agree to 116 dB with each other',
};

/** The whole file as ffmpeg decodes it itself: interleaved 32-bit floats. */
function peer(path: string): Float32Array {
  // ffmpeg's own Opus and Vorbis decoders place the first samples a little differently than the reference ones.
  const codec = path.endsWith('.opus') ? ['-c:a', 'libopus'] : path.endsWith('.ogg') ? ['-c:a', 'libvorbis'] : [];
  const parameters = ['-nostdin', '-v', 'error', ...codec, '-i', path, '-f', 'f32le', '-'];
  const raw = execFileSync('ffmpeg', parameters, { maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Float32Array(Uint8Array.from(raw).buffer);
}

describe('ffmpeg', () => {
  const folder = temporaryFolder({
    'page.html': '<html>not found</html>',
    'list.m3u8': '#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n',
    'list.ffconcat': "ffconcat version 1.0\nfile '/etc/hostname'\n",
    'half.m4a': readFileSync('fixtures/formats/rise.m4a').subarray(0, 1500),
    "a 'strange' $(name);.m4a": readFileSync('fixtures/formats/rise.m4a'),
  });
  const read = (name: string) => decodeAudio(new Uint8Array(readFileSync(`${folder}/${name}`)), `${folder}/${name}`);

  it('hears through the filter that diglot calls swresample', async function () {
    needsFfmpeg(this);
    for (const from of [8000, 22_050, 44_100, 48_000]) {
      for (const length of [from, from + 1, 4321, 1777]) {
        let state = 1;
        const noise = Float32Array.from({ length }, () => (state = (state * 16_807) % 2_147_483_647) / 4e9);
        const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', '-', '-ar', '16000', '-f', 'f32le', '-'], {
          input: writeWav([noise], from, 'float32'),
        });
        const theirs = new Float32Array(Uint8Array.from(raw).buffer);
        const ours = resample(noise, from, 16_000, 'swresample');
        // FFmpeg's last sample is there or not by how its packets were cut.
        assert.ok(Math.abs(ours.length - theirs.length) <= 1, `${length} samples at ${from} Hz`);
        const common = ours.subarray(0, theirs.length);
        const differences = common.map((sample, i) => Math.abs(sample - (theirs[i] ?? NaN)));
        const largest = differences.reduce((a, b) => Math.max(a, b));
        assert.ok(
          largest < 1e-5,
          `${length} samples at ${from} Hz differ by ${largest} at ${differences.indexOf(largest)}`,
        );
      }
    }
  });

  it('decodes what diglot does not read itself, sample for sample as it does on its own', async function () {
    needsFfmpeg(this);
    const path = 'fixtures/formats/rise.m4a';
    const { channels, sampleRate } = await decodeAudio(new Uint8Array(readFileSync(path)), path);
    assert.equal(sampleRate, 16_000);
    assert.deepEqual(channels, [peer(path)]);
  });

  it('takes any file name as a name', async function () {
    needsFfmpeg(this);
    assert.equal((await read("a 'strange' $(name);.m4a")).sampleRate, 16_000);
  });

  it('opens no file that a playlist names, and reports what it cannot decode', async function () {
    needsFfmpeg(this);
    assert.match(await rejection(read('list.m3u8'), 'not-audio'), /begins with bytes 23 45 58 54/);
    await rejection(read('list.ffconcat'), 'not-audio');
    assert.match(await rejection(read('page.html'), 'ffmpeg-failed'), /is text, .*and ffmpeg cannot decode it \(.+\)/);
    assert.match(await rejection(read('half.m4a'), 'ffmpeg-failed'), /MP4 or M4A file, and ffmpeg cannot decode it/);
  });

  it('says what to install where there is none', async () => {
    const path = 'fixtures/formats/rise.m4a';
    const decoded = decodeAudio(new Uint8Array(readFileSync(path)), path, { ffmpeg: './no-such-program' });
    assert.match(
      await rejection(decoded, 'needs-ffmpeg'),
      /rise\.m4a: is an MP4 or M4A file.*"\.\/no-such-program" cannot be started; install ffmpeg/,
    );
    const raw = decodeAudio(letters('0123456789'), 'a.raw', { ffmpeg: './no-such-program' });
    assert.match(await rejection(raw, 'not-audio'), /ffmpeg, which knows more formats, is not at hand/);
  });

  it('is stopped when the run is', async function () {
    needsFfmpeg(this);
    const path = 'fixtures/formats/rise.m4a';
    const decoded = decodeAudio(new Uint8Array(readFileSync(path)), path, { signal: AbortSignal.abort() });
    await assert.rejects(decoded, { name: 'AbortError' });
  });

  /** Decoders of lossy formats may round differently. */
  const lossy = /\.(mp3|ogg|opus)$/;

  /** @returns The largest difference between our decoder's samples and ffmpeg's, over what both have. */
  const difference = async (path: string): Promise<number> => {
    const { channels } = await decodeAudio(new Uint8Array(readFileSync(path)), path, { ffmpeg: null });
    const other = peer(path);
    const length = channels[0]?.length ?? 0;
    const frames = other.length / channels.length;
    // ffmpeg's Ogg reader gives up to 192 samples too few or too many at the end of Vorbis files; ours gives the announced length.
    const slack = path.endsWith('.ogg') ? 192 : 0;
    assert.ok(Math.abs(length - frames) <= slack, `${path}: ${length} samples, and ${frames} by ffmpeg`);
    let largest = 0;
    for (const [channel, samples] of channels.entries()) {
      for (let i = 0; i < Math.min(length, frames); i++) {
        largest = Math.max(largest, Math.abs((samples[i] ?? NaN) - (other[i * channels.length + channel] ?? NaN)));
      }
    }
    return largest;
  };

  describe('agrees with our own decoders', () => {
    for (const name of readdirSync('fixtures/formats').filter((each) => !/\.(sh|m4a)$/.test(each))) {
      it(name, async function () {
        needsFfmpeg(this);
        const largest = await difference(`fixtures/formats/${name}`);
        assert.ok(largest <= (lossy.test(name) ? 1e-3 : 0), `differs by ${largest}`);
      });
    }

    it('on the formats of real files (needs ../shared)', async function () {
      needsFfmpeg(this);
      this.timeout(300_000);
      const folder = shared(this, 'audio');
      const names = readdirSync(folder).filter((name) => /\.(wav|flac|mp3|ogg|opus|aiff?|aifc|au|sph)$/.test(name));
      const differing: string[] = [];
      let compared = 0;
      for (const name of names.filter((each) => !PLAIN.test(each) && !(each in PEER_FAULTS))) {
        try {
          const largest = await difference(`${folder}/${name}`);
          compared++;
          if (!(largest <= (lossy.test(name) ? 1e-3 : 0))) differing.push(`${name} differs by ${largest}`);
        } catch (error) {
          if (!(error instanceof RecordError)) throw error;
        }
      }
      assert.deepEqual(differing, []);
      assert.ok(compared >= 40, `only ${compared} files were compared`);
    });
  });
});
