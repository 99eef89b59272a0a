/**
 * A live stream in chunks: from a microphone, from standard input, from a recording that plays at its own pace, or from
 * the program that runs the graph. Each chunk knows its place in time. A microphone, a recording at a pace and a program
 * do not wait; standard input and a recording without a pace do.
 */
import { z } from 'zod';
import { DEFAULT_DECODE_OPTIONS } from '../audio/decode.ts';
import { findMicrophone, listenToMicrophone, MICROPHONE_RATE, microphones } from '../audio/microphone.ts';
import { playRecording } from '../audio/paced.ts';
import { readRawStream } from '../audio/raw-stream.ts';
import { readRecording } from '../audio/recordings.ts';
import { RecordError, UsageError } from '../errors.ts';
import type { Waveform } from '../records.ts';
import { defineOperator, type OperatorContext } from './define-operator.ts';

const options = z
  .strictObject({
    from: z
      .enum(['microphone', 'input', 'recording', 'program'])
      .default('microphone')
      .describe(
        'Where the audio comes from: a microphone, standard input (raw 16-bit PCM), a recording, or the program that runs the graph.',
      ),
    path: z.string().min(1).nullable().default(null).describe('Recording: the audio file.'),
    pace: z
      .number()
      .positive()
      .max(1000)
      .nullable()
      .default(1)
      .describe('Recording: how fast it plays, 1 as it was spoken; null as fast as the graph takes it.'),
    device: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Microphone: its place in the list of devices, or a part of its name; null is the system’s own choice.',
      ),
    sampleRate: z.int().min(4000).max(192_000).default(16_000).describe('Standard input: its rate in Hz.'),
    channels: z.int().min(1).max(16).default(1).describe('Standard input: its channels, which are averaged.'),
    port: z.string().min(1).default('audio').describe('Program: the name under which it gives waveforms.'),
    name: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('What records call the stream; null is the file, "microphone", "input" or the port.'),
    chunkSeconds: z.number().min(0.01).max(1).default(0.06).describe('Seconds of audio in a chunk.'),
    ffmpeg: z
      .string()
      .min(1)
      .nullable()
      .default(DEFAULT_DECODE_OPTIONS.ffmpeg)
      .describe('Recording: program for formats that diglot does not read itself; null forbids it.'),
  })
  .refine(({ from, path }) => from !== 'recording' || path !== null, {
    path: ['path'],
    message: 'a recording needs the path of its file',
  });

type Options = z.output<typeof options>;

export const listen = defineOperator(
  {
    name: 'listen',
    summary: 'Listens to a microphone, to standard input, or to a recording that plays, chunk after chunk.',
    shape: 'expand',
    input: null,
    output: 'waveform',
    live: ({ from, pace }: Options) =>
      from === 'microphone' || from === 'program' || (from === 'recording' && pace !== null),
    options,
    checkpoint: 'no',
  },
  async (given, context) => {
    const { from, port } = given;
    const name = given.name ?? (from === 'recording' ? given.path! : from === 'program' ? port : from);
    if (from === 'program') {
      const records = context.program.given.get(port);
      if (records === undefined) {
        const message = `listen waits for audio from a program under the name "${port}", and none gives it; choose another "from".`;
        throw new UsageError('no-program', message);
      }
      return () => waveforms(records);
    }
    const source = await openSource(from, given, context);
    return (_, { signal }) => placed(source.chunks(signal), name, source.sampleRate);
  },
);

interface Source {
  /** Hz. */
  readonly sampleRate: number;
  chunks(signal: AbortSignal): AsyncIterable<Float32Array>;
}

async function openSource(
  from: Exclude<Options['from'], 'program'>,
  given: Options,
  { signal, note }: OperatorContext,
): Promise<Source> {
  const { chunkSeconds, sampleRate, channels } = given;
  switch (from) {
    case 'recording': {
      const path = given.path!;
      const recording = await readRecording(path, {
        ...DEFAULT_DECODE_OPTIONS,
        ffmpeg: given.ffmpeg,
        channel: 'mix',
        cacheBytes: 0,
        signal,
      }).catch((fault: unknown) => {
        if (!(fault instanceof RecordError)) throw fault;
        throw new UsageError(fault.code, fault.message, { cause: fault });
      });
      return {
        sampleRate: recording.sampleRate,
        chunks: (until) => playRecording(recording, given.pace, chunkSeconds, until),
      };
    }
    case 'microphone': {
      const names = microphones();
      const device = findMicrophone(given.device, names);
      note(`Listening to ${device < 0 ? 'the default microphone' : names[device]!}.`);
      return { sampleRate: MICROPHONE_RATE, chunks: (until) => listenToMicrophone(device, chunkSeconds, until) };
    }
    case 'input':
      return {
        sampleRate,
        chunks: (until) => readRawStream(untilAborted(process.stdin, until), { sampleRate, channels }, chunkSeconds),
      };
  }
}

/** Chunks with their places in time. */
async function* placed(
  chunks: AsyncIterable<Float32Array>,
  name: string,
  sampleRate: number,
): AsyncGenerator<Waveform> {
  let at = 0;
  let index = 0;
  for await (const samples of chunks) {
    const origin = {
      path: name,
      start: at / sampleRate,
      duration: samples.length / sampleRate,
      reference: null,
      speaker: null,
      piece: null,
    };
    yield { kind: 'waveform', id: `${name}@${index++}`, origin, samples, sampleRate };
    at += samples.length;
  }
}

async function* waveforms(records: AsyncIterable<{ readonly kind: string }>): AsyncGenerator<Waveform> {
  for await (const record of records) {
    if (record.kind !== 'waveform')
      throw new TypeError(`The program gave a ${record.kind} where "listen" takes audio.`);
    yield record as Waveform;
  }
}

/** A stream of Node that is let go when the run ends, also while nothing comes. */
async function* untilAborted(stream: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const end = (): void => {
    (stream as NodeJS.ReadStream).destroy();
  };
  signal.addEventListener('abort', end);
  try {
    for await (const piece of stream) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  } catch (fault) {
    if (!signal.aborted) throw fault;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
