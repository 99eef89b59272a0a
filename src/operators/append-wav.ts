/**
 * A live stream as a WAV file that can be played at any moment, also when the run is killed: every chunk is on its way to
 * the disk before the next, and the header counts what is there. Lost audio is silence, so that times stay right.
 */
import { z } from 'zod';
import { gapBefore } from '../live/stream-clock.ts';
import { pcm16, wavHeader } from '../audio/write-wav.ts';
import { RecordError } from '../errors.ts';
import type { Part, Waveform } from '../records.ts';
import { type GrowingFile, openGrowingFile } from '../tables/growing-file.ts';
import { defineOperator } from './define-operator.ts';

/** Seconds of silence written at a time. */
const SILENCE = 10;

export const appendWav = defineOperator(
  {
    name: 'append-wav',
    summary: 'Writes a live stream into a WAV file that is whole at any moment.',
    shape: 'gather',
    input: 'waveform',
    output: 'part',
    sink: true,
    options: z.strictObject({
      path: z.string().min(1).nullable().default(null).describe('The file; null writes none.'),
      overwrite: z.boolean().default(false).describe('Whether to replace a file that is there.'),
    }),
    checkpoint: 'no',
  },
  async ({ path, overwrite }, context) => {
    const file: GrowingFile | null = path === null ? null : await openGrowingFile(path, overwrite);
    context.onClose(() => file?.close());
    let rate: number | null = null;
    let expected: number | null = null;

    const write = async (samples: Float32Array): Promise<void> => {
      await file!.append(new Uint8Array(Int16Array.from(samples, pcm16).buffer));
      // Behind the samples: a header that counts too much would be wrong, one that counts too little is only late.
      await file!.replace(0, wavHeader(rate!, (file!.bytes - HEADER) / 2));
    };
    const take = async ({ origin, samples, sampleRate }: Waveform): Promise<void> => {
      if (rate !== null && rate !== sampleRate) {
        const message = `${path} is at ${rate} Hz and a chunk came at ${sampleRate} Hz; a session has one rate.`;
        throw new RecordError('sample-rate', message);
      }
      if (rate === null) {
        rate = sampleRate;
        await file!.append(wavHeader(rate, 0));
      }
      const gap = gapBefore(origin, expected);
      for (let left = Math.round((gap?.duration ?? 0) * rate); left > 0; left -= SILENCE * rate) {
        await write(new Float32Array(Math.min(left, SILENCE * rate)));
      }
      await write(samples);
      expected = origin.start + samples.length / rate;
    };

    return {
      async add(chunk) {
        if (file !== null) await take(chunk);
        return [{ record: null, from: [chunk] }];
      },
      async flush() {
        if (file === null) return [];
        if (rate === null) await file.append(wavHeader(16_000, 0));
        await file.close();
        const rows = (file.bytes - HEADER) / 2;
        const part: Part = { kind: 'part', id: file.path, path: file.path, rows, bytes: file.bytes };
        return [{ record: part, from: [] }];
      },
    };
  },
);

const HEADER = wavHeader(16_000, 0).length;
