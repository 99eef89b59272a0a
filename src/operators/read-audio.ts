/**
 * The samples of an utterance: its file decoded (`src/audio/decode.ts`), one channel chosen or all mixed, and the piece
 * from `start` on cut out. A file may be a member of a tar archive (`shard.tar/NAME`) or lie in a row of a Parquet or an Arrow
 * file (`FILE.parquet/ROW`), as read-manifest names them. Recordings of which several pieces are asked for are decoded once,
 * as long as they fit.
 */
import { z } from 'zod';
import { DEFAULT_DECODE_OPTIONS } from '../audio/decode.ts';
import { cut, recordingReader } from '../audio/recordings.ts';
import { embeddedAudio } from '../manifests/embedded-audio.ts';
import { defineOperator } from './define-operator.ts';

export const readAudio = defineOperator(
  {
    name: 'read-audio',
    summary: 'Reads the samples of an utterance from its audio file.',
    shape: 'each',
    input: 'utterance',
    output: 'waveform',
    incidental: ['ffmpeg', 'cacheBytes'],
    options: z.strictObject({
      channel: z
        .union([z.literal('mix'), z.int().nonnegative()])
        .default('mix')
        .describe('Channel to take, from 0, or mix for the mean of all.'),
      maxSeconds: z
        .number()
        .positive()
        .default(DEFAULT_DECODE_OPTIONS.maxSeconds)
        .describe('Longest file that is read, in seconds; longer ones become error rows.'),
      damaged: z
        .enum(['refuse', 'keep'])
        .default(DEFAULT_DECODE_OPTIONS.damaged)
        .describe('Files that are cut short or damaged: refuse makes them error rows, keep uses what can be decoded.'),
      ffmpeg: z
        .string()
        .min(1)
        .nullable()
        .default(DEFAULT_DECODE_OPTIONS.ffmpeg)
        .describe('Program for formats that diglot does not read itself; null forbids it.'),
      cacheBytes: z
        .int()
        .nonnegative()
        .default(268_435_456)
        .describe('Memory for recordings of which pieces are cut, in bytes, so that each is decoded once.'),
    }),
    checkpoint: 'stateless',
  },
  (options, { signal }) => {
    const read = recordingReader({ ...options, embedded: embeddedAudio, signal });
    return async ({ id, path, start, duration, reference, speaker }) => {
      const whole = start === 0 && duration === null;
      const recording = await read(path, !whole);
      const samples = whole ? recording.samples : cut(recording, path, start, duration);
      const { sampleRate } = recording;
      const origin = { path, start, duration: samples.length / sampleRate, reference, speaker, piece: null };
      return { kind: 'waveform', id, origin, samples, sampleRate };
    };
  },
);
