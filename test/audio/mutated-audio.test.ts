/** Damage of every kind, by the thousand: DIGLOT_FUZZ_RUNS says how many files (20,000 before a release). */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodeAudio } from '../../src/audio/decode.ts';
import type { DecodedAudio } from '../../src/audio/decoded-audio.ts';
import { RecordError } from '../../src/errors.ts';
import { mutate, mutation } from './mutations.ts';
import { integers, letters, wavBytes } from './wav-bytes.ts';

const RUNS = Number(process.env['DIGLOT_FUZZ_RUNS'] ?? 300);
const MAX_SECONDS = 30;

const CODES = [
  'empty-file',
  'not-audio',
  'bad-header',
  'needs-ffmpeg',
  'mixed-format',
  'truncated-data',
  'corrupt-data',
  'no-samples',
  'not-finite',
  'sample-range',
  'too-long',
];

const ramp = Array.from({ length: 4000 }, (_, i) => ((i * 7919) % 60_000) - 30_000);
const seeds: readonly (readonly [string, Uint8Array])[] = [
  ...readdirSync('fixtures/formats')
    .filter((name) => !name.endsWith('.sh'))
    .map((name) => [name, new Uint8Array(readFileSync(`fixtures/formats/${name}`))] as const),
  [
    'float.wav',
    wavBytes({ codec: 3, bits: 32, data: new Uint8Array(Float32Array.from(ramp, (v) => v / 32768).buffer) }),
  ],
  [
    'extensible.wav',
    wavBytes({
      codec: 0xfffe,
      bits: 24,
      channels: 2,
      data: integers(ramp, 3),
      before: [{ id: 'LIST', content: letters('INFOx') }],
    }),
  ],
  ['rf64.wav', wavBytes({ riff: 'RF64', bits: 16, data: integers(ramp, 2) })],
  ['big-endian.wav', wavBytes({ riff: 'RIFX', bits: 32, data: integers(ramp, 4, false) })],
  ['a-law.wav', wavBytes({ codec: 6, bits: 8, data: integers(ramp, 1) })],
];

type Outcome = { readonly audio: DecodedAudio } | { readonly code: string };

/** Decodes from the middle of a larger buffer whose other bytes are `around`. */
async function outcome(bytes: Uint8Array, around: number, damaged: 'refuse' | 'keep'): Promise<Outcome> {
  const buffer = new Uint8Array(bytes.length + 5000).fill(around);
  buffer.set(bytes, 2501);
  try {
    const view = buffer.subarray(2501, 2501 + bytes.length);
    return { audio: await decodeAudio(view, 'mutated.bin', { ffmpeg: null, maxSeconds: MAX_SECONDS, damaged }) };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    assert.ok(CODES.includes(error.code), `${error.code}: ${error.message}`);
    assert.match(error.message, /^mutated\.bin: .+\.$/);
    return { code: error.code };
  }
}

describe('mutated audio files', function () {
  this.timeout(0);

  it(`become finite samples of the file alone, or a refusal (${RUNS} files)`, async () => {
    const tally = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        mutation,
        fc.constantFrom('refuse', 'keep'),
        async ([name, seed], damage, damaged) => {
          const bytes = mutate(seed, damage);
          const result = await outcome(bytes, 0x00, damaged);
          const label = 'audio' in result ? 'read' : result.code;
          tally.set(label, (tally.get(label) ?? 0) + 1);
          if (!('audio' in result)) return;
          const { channels, sampleRate } = result.audio;
          const frames = channels[0]?.length ?? 0;
          assert.ok(frames > 0 && frames <= MAX_SECONDS * sampleRate, `${name}: ${frames} frames`);
          for (const samples of channels) {
            assert.equal(samples.length, frames);
            assert.ok(samples.every((sample) => Math.abs(sample) <= 16));
          }
          // Other bytes around the file must not change what comes out of it.
          const again = await outcome(bytes, 0xa5, damaged);
          assert.ok('audio' in again);
          for (const [i, samples] of channels.entries())
            assert.ok(bytesOf(samples).equals(bytesOf(again.audio.channels[i])));
        },
      ),
      { numRuns: RUNS },
    );
    const counts = [...tally].sort(([, a], [, b]) => b - a).map(([label, count]) => `${label} ${count}`);
    process.stderr.write(
      `      ${counts.join(', ')}; resident ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB\n`,
    );
  });
});

function bytesOf(samples: Float32Array | undefined): Buffer {
  return samples ? Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength) : Buffer.alloc(0);
}
