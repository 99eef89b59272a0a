import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Context } from 'mocha';
import { decodeAudio } from '../../src/audio/decode.ts';
import { RecordError } from '../../src/errors.ts';
import { shared } from '../support/shared.ts';

interface Entry {
  readonly file: string;
  readonly duration_s: number | null;
  readonly sample_rate: number | null;
  readonly channels: number | null;
  readonly codec: string | null;
}

/** What stands for each file that is no recording, or not a whole one: its code, and words of the sentence. */
const BROKEN: Readonly<Record<string, readonly [string, RegExp]>> = {
  'en_ps_goforward.raw': ['not-audio', /begins with bytes f6 ff/],
  'en_ps_numbers.raw': ['not-audio', /begins with bytes 3b 00/],
  'en_ps_something.raw': ['not-audio', /begins with bytes 3f 00/],
  'fmt_sb_example4.raw': ['not-audio', /begins with bytes 76 00/],
  'fmt_azure_missing_wav_header.wav': ['not-audio', /begins with bytes 00 00 f6 ff/],
  'fmt_asterisk_activated.gsm': ['not-audio', /which no audio format does/],
  'fmt_asterisk_activated.g722': ['not-audio', /which no audio format does/],
  'fmt_flac_uncommon_10_file_starting_at_frame_header.flac': ['needs-ffmpeg', /FLAC or AAC stream without a header/],
  'fmt_mutagen_covr-with-name.m4a': ['needs-ffmpeg', /MP4 or M4A/],
  'fmt_mutagen_empty.aac': ['needs-ffmpeg', /AAC stream without/],
  'fmt_mutagen_adif.aac': ['needs-ffmpeg', /AAC stream without/],
  'fmt_scipy_test-44100Hz-le-1ch-4bytes-early-eof-no-data.wav': ['bad-header', /has no "data" chunk in its 72 bytes/],
  'fmt_scipy_test-44100Hz-le-1ch-4bytes-early-eof.wav': [
    'truncated-data',
    /claims 4410 frames and the file ends after 236/,
  ],
  'fmt_scipy_test-44100Hz-le-1ch-4bytes-incomplete-chunk.wav': ['bad-header', /has no "fmt " chunk in its 13 bytes/],
  'fmt_mutagen_emptyfile.mp3': ['empty-file', /0 bytes/],
  'fmt_mutagen_apev2-lyricsv2.mp3': ['corrupt-data', /no MPEG frames between/],
  'fmt_mutagen_xing.mp3': ['truncated-data', /last MPEG frame is cut off/],
  'fmt_mutagen_id3v1v2-combined.mp3': ['truncated-data', /last MPEG frame is cut off/],
  'fmt_mutagen_id3v22-test.mp3': ['truncated-data', /last MPEG frame is cut off/],
  'fmt_mutagen_52-overwritten-metadata.flac': ['corrupt-data', /no whole FLAC frame begins at byte 220/],
  'fmt_mutagen_52-too-short-block-size.flac': ['corrupt-data', /no whole FLAC frame begins at byte 94/],
  'fmt_mutagen_variable-block.flac': ['truncated-data', /cut off in the frame at byte 9993/],
  'fmt_flac_uncommon_03_decreasing_number_of_channels.flac': ['mixed-format', /from 4 to 2 channels at byte 252755/],
  'fmt_flac_faulty_06_missing_streaminfo_metadata_block.flac': ['bad-header', /not a whole STREAMINFO/],
  'fmt_flac_faulty_07_other_metadata_blocks_preceding_streaminfo_metadata_block.flac': [
    'bad-header',
    /not a whole STREAMINFO/,
  ],
  'fmt_flac_faulty_08_blocksize_65536.flac': ['corrupt-data', /no whole FLAC frame begins at byte 8311/],
};

/** Files whose manifest durations count what codecs add in front and behind, up to this many seconds. */
const CODEC_DELAY = 0.09;

const manifest = (test: Context): Entry[] =>
  readFileSync(shared(test, 'audio/manifest.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);

const decode = async (file: string) =>
  decodeAudio(new Uint8Array(readFileSync(`../shared/${file}`)), file, { ffmpeg: null });

describe('183 real files (needs ../shared)', function () {
  this.timeout(120_000);

  it('are read with the length, rate and channels of the manifest, or refused with a reason', async function () {
    let read = 0;
    for (const { file, duration_s, sample_rate, channels, codec } of manifest(this)) {
      const name = file.slice('audio/'.length);
      const broken = BROKEN[name];
      try {
        const audio = await decode(file);
        assert.equal(broken, undefined, `${name} was read`);
        read++;
        const seconds = (audio.channels[0]?.length ?? 0) / audio.sampleRate;
        assert.equal(audio.sampleRate, sample_rate ?? audio.sampleRate, name);
        assert.equal(audio.channels.length, channels ?? audio.channels.length, name);
        // The manifest's duration of this file starts to count before its first page (ffprobe).
        if (duration_s === null || name === 'fmt_mutagen_example.opus') continue;
        const slack = codec === 'mp3' ? CODEC_DELAY : 0.001;
        assert.ok(
          seconds > duration_s - slack && seconds < duration_s + 0.001,
          `${name}: ${seconds} s, not ${duration_s} s`,
        );
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        assert.ok(broken, error.message);
        assert.equal(error.code, broken[0], error.message);
        assert.match(error.message, broken[1]);
        assert.ok(error.message.startsWith(`${file}: `), error.message);
      }
    }
    assert.equal(read, 183 - Object.keys(BROKEN).length);
  });

  it('give the same samples whatever they are packed in', async function () {
    shared(this, 'audio');
    const groups: readonly (readonly [number, ...string[]])[] = [
      [0, 'fmt_cpython_pluck-pcm24.wav', 'fmt_cpython_pluck-pcm24.aiff'],
      [0, 'fmt_cpython_pluck-pcm32.wav', 'fmt_cpython_pluck-pcm32.aiff'],
      // Two channels from -1 to 1, and one that counts the lowest steps of each width, here two of 24 bits.
      [
        2 ** -22,
        'fmt_scipy_test-8000Hz-le-3ch-5S-64bit.wav',
        'fmt_scipy_test-8000Hz-le-3ch-5S-53bit.wav',
        'fmt_scipy_test-8000Hz-be-3ch-5S-24bit.wav',
      ],
    ];
    for (const [tolerance, ...names] of groups) {
      const [first, ...others] = await Promise.all(names.map((name) => decode(`audio/${name}`)));
      for (const other of others) {
        assert.equal(other.sampleRate, first?.sampleRate);
        for (const [channel, samples] of other.channels.entries()) {
          const expected = first?.channels[channel] ?? new Float32Array(0);
          assert.ok(
            samples.length === expected.length &&
              samples.every((sample, i) => Math.abs(sample - (expected[i] ?? 9)) <= tolerance),
            names.join(),
          );
        }
      }
    }
  });
});
