import assert from 'node:assert/strict';
import nodeWav from 'node-wav';
import fc from 'fast-check';
import type { DecodeLimits } from '../../src/audio/decoded-audio.ts';
import { readPlainWav } from '../../src/audio/node-wav.ts';
import { readWavHeader } from '../../src/audio/wav-header.ts';
import { readWav } from '../../src/audio/wav.ts';
import { writeWav } from '../../src/audio/write-wav.ts';
import { refusal } from './refusal.ts';
import { integers, join, letters, wavBytes, type WavSketch } from './wav-bytes.ts';

const LIMITS: DecodeLimits = { maxSeconds: 60, damaged: 'refuse' };
const read = (bytes: Uint8Array, limits = LIMITS) => readWav(bytes, 'a.wav', limits);
const first = (bytes: Uint8Array) => [...(read(bytes).channels[0] ?? [])];
const floats = (values: readonly number[], size: 4 | 8) =>
  new Uint8Array(size === 4 ? Float32Array.from(values).buffer : Float64Array.from(values).buffer);

/** Whole numbers across the range, with both ends, and what they stand for at full scale 1. */
const sixteen = [-32768, -32767, -12345, -1, 0, 1, 12345, 32767];
const scaled = sixteen.map((value) => value / 32768);

describe('WAV', () => {
  it('gives every 16-bit value divided by 32768, through node-wav and through our own reader alike', () => {
    const all = Array.from({ length: 65_536 }, (_, i) => i - 32768);
    const bytes = wavBytes({ bits: 16, data: integers(all, 2) });
    const expected = all.map((value) => value / 32768);
    const plain = readPlainWav(bytes, readWavHeader(bytes, 'a.wav'), all.length);
    assert.deepEqual([...(plain?.[0] ?? [])], expected);
    const chunk = { id: 'LIST', content: letters('INFO') };
    assert.deepEqual(first(wavBytes({ bits: 16, data: integers(all, 2), before: [chunk] })), expected);
  });

  describe('formats', () => {
    const wide = (size: number) => [-(2 ** (8 * size - 1)), -1, 0, 1, 2 ** (8 * size - 2)];
    const cases: readonly [string, WavSketch, readonly number[]][] = [
      [
        '8 bits, unsigned',
        { bits: 8, data: Uint8Array.of(0, 127, 128, 129, 255) },
        [-1, -1 / 128, 0, 1 / 128, 127 / 128],
      ],
      ['24 bits, lowest value included', { bits: 24, data: integers(wide(3), 3) }, [-1, -(2 ** -23), 0, 2 ** -23, 0.5]],
      ['32 bits', { bits: 32, data: integers(wide(4), 4) }, [-1, -(2 ** -31), 0, 2 ** -31, 0.5]],
      ['12 bits in 2 bytes', { bits: 12, container: 2, data: integers([-32768, 16, 16384], 2) }, [-1, 16 / 32768, 0.5]],
      ['20 bits in 3 bytes', { bits: 20, container: 3, data: integers([-(2 ** 23), 2 ** 22], 3) }, [-1, 0.5]],
      ['24 bits in 4 bytes', { bits: 24, container: 4, data: integers([-(2 ** 31), 2 ** 30], 4) }, [-1, 0.5]],
      [
        '53 bits in 7 bytes',
        { bits: 53, container: 7, data: integers([2 ** 52, -(2 ** 52)], 7) },
        [2 ** -3, -(2 ** -3)],
      ],
      ['float 32', { codec: 3, bits: 32, data: floats([-1, 0.25, 1.5], 4) }, [-1, 0.25, 1.5]],
      ['float 64', { codec: 3, bits: 64, data: floats([-1, 0.25, 1.5], 8) }, [-1, 0.25, 1.5]],
      ['extensible PCM', { codec: 0xfffe, bits: 16, data: integers(sixteen, 2) }, scaled],
      ['extensible float', { codec: 0xfffe, subFormat: 3, bits: 32, data: floats([0.5, -0.5], 4) }, [0.5, -0.5]],
      ['RIFX', { riff: 'RIFX', bits: 16, data: integers(sixteen, 2, false) }, scaled],
      [
        'RIFX, extensible, 24 bits',
        { riff: 'RIFX', codec: 0xfffe, bits: 24, data: integers([-(2 ** 23), 1], 3, false) },
        [-1, 2 ** -23],
      ],
      ['RF64', { riff: 'RF64', bits: 16, data: integers(sixteen, 2) }, scaled],
      ['BW64', { riff: 'BW64', bits: 16, data: integers(sixteen, 2) }, scaled],
      // G.711, tables 1a to 2b: both ends, the two zeros, and a value in the middle, in units of 1/32768.
      [
        'A-law',
        { codec: 6, bits: 8, data: Uint8Array.of(0xaa, 0x2a, 0xd5, 0x55, 0x80) },
        [32256, -32256, 8, -8, 5504].map((x) => x / 32768),
      ],
      [
        'mu-law',
        { codec: 7, bits: 8, data: Uint8Array.of(0x00, 0x80, 0xff, 0x7f, 0xf0) },
        [-32124, 32124, 0, 0, 120].map((x) => x / 32768),
      ],
    ];
    for (const [name, sketch, expected] of cases) {
      it(`reads ${name}`, () => {
        for (const [i, value] of first(wavBytes(sketch)).entries())
          assert.ok(value === expected[i], `sample ${i}: ${value}, not ${expected[i]}`);
        assert.equal(first(wavBytes(sketch)).length, expected.length);
      });
    }

    it('takes interleaved channels apart', () => {
      const { channels, sampleRate } = read(
        wavBytes({ channels: 3, sampleRate: 44_100, bits: 16, data: integers([1, 2, 3, 4, 5, 6], 2) }),
      );
      assert.deepEqual(
        channels.map((samples) => [...samples].map((value) => value * 32768)),
        [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
      );
      assert.equal(sampleRate, 44_100);
    });
  });

  describe('layouts that node-wav reads wrongly', () => {
    const data = integers(sixteen, 2);
    for (const padded of [true, false]) {
      it(`reads past an odd chunk ${padded ? 'with' : 'without'} its pad byte`, () => {
        assert.deepEqual(
          first(wavBytes({ bits: 16, data, before: [{ id: 'LIST', content: letters('INFOx'), padded }] })),
          scaled,
        );
      });
    }

    it('reads data that stands before its format', () => {
      const whole = wavBytes({ bits: 16, data });
      const swapped = join(whole.subarray(0, 12), whole.subarray(36), whole.subarray(12, 36));
      assert.deepEqual(first(swapped), scaled);
    });

    for (const dataSize of [0, 0xffffffff, 0x7ffff000, 0x80000000]) {
      it(`reads to the end when a streamed header says ${dataSize} bytes`, () => {
        assert.deepEqual(
          first(wavBytes({ bits: 16, data, dataSize, riffSize: dataSize === 0 ? 36 : 0xffffffff })),
          scaled,
        );
      });
    }

    it('reads the same from every place in a larger buffer', () => {
      const plain = wavBytes({ codec: 3, bits: 32, data: floats([0.5, -0.25], 4) });
      for (let offset = 0; offset < 9; offset++) {
        const around = new Uint8Array(plain.length + 20).fill(0xa5);
        around.set(plain, offset);
        assert.deepEqual(first(around.subarray(offset, offset + plain.length)), [0.5, -0.25]);
      }
    });

    it('leaves out an incomplete frame at the end', () => {
      assert.deepEqual(first(wavBytes({ bits: 16, data: join(data, Uint8Array.of(7)) })), scaled);
    });
  });

  describe('faults', () => {
    const data = integers(sixteen, 2);
    it('says where data is cut short, and uses what is there when told to', () => {
      const cut = wavBytes({ bits: 16, data, dataSize: 1000 });
      assert.match(
        refusal(() => read(cut), 'truncated-data'),
        /^a\.wav: the "data" chunk at byte 36 claims 500 frames and the file ends after 8 .*"keep"/,
      );
      assert.deepEqual([...(read(cut, { ...LIMITS, damaged: 'keep' }).channels[0] ?? [])], scaled);
    });

    it('refuses a header that ends early', () => {
      const whole = wavBytes({ bits: 16, data });
      for (const end of [12, 13, 20, 30, 35]) refusal(() => read(whole.subarray(0, end)), 'bad-header');
    });

    it('refuses impossible formats', () => {
      refusal(() => read(wavBytes({ bits: 16, data, channels: 0 })), 'bad-header');
      refusal(() => read(wavBytes({ bits: 16, data, sampleRate: 0 })), 'bad-header');
      refusal(() => read(wavBytes({ bits: 16, data, sampleRate: 4_000_000_000 })), 'bad-header');
      refusal(() => read(wavBytes({ bits: 16, container: 1, data })), 'bad-header');
    });

    it('names a codec that it does not know, for ffmpeg', () => {
      assert.match(
        refusal(() => read(wavBytes({ codec: 0x11, bits: 4, data })), 'unsupported-codec'),
        /byte 12 names codec 0x0011 with 4 bits/,
      );
    });

    it('refuses what lasts longer than allowed', () => {
      refusal(
        () => read(wavBytes({ bits: 16, data: new Uint8Array(64_000) }), { ...LIMITS, maxSeconds: 1.9 }),
        'too-long',
      );
    });
  });

  it('writes what it reads, and what node-wav reads', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 5, maxLength: 5 }), {
          minLength: 1,
          maxLength: 3,
        }),
        (values) => {
          const channels = values.map((channel) => Float32Array.from(channel, (value) => value / 32768));
          assert.deepEqual(read(writeWav(channels, 22_050)), { channels, sampleRate: 22_050 });
          assert.deepEqual(read(writeWav(channels, 22_050, 'float32')), { channels, sampleRate: 22_050 });
          const peer = nodeWav.decode(Buffer.from(Uint8Array.from(writeWav(channels, 22_050, 'float32')).buffer));
          assert.deepEqual(peer.channelData, channels);
        },
      ),
    );
  });

  it('rounds and clips when it writes integers', () => {
    const samples = Float32Array.from([1.5, -1.5, 0.6 / 32768, -0.6 / 32768, NaN]);
    assert.deepEqual(
      [...(read(writeWav([samples], 8000)).channels[0] ?? [])].map((x) => x * 32768),
      [32767, -32768, 1, -1, 0],
    );
  });
});
