/** Audio files on disk as mono recordings, and pieces of them. */
import { readFile, stat } from 'node:fs/promises';
import { RecordError } from '../errors.ts';
import { decodeAudio, type DecodeOptions } from './decode.ts';
import type { DecodedAudio } from './decoded-audio.ts';

export interface Recording {
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

export interface RecordingOptions extends DecodeOptions {
  /** Channel to take, from 0, or the mean of all. */
  readonly channel: 'mix' | number;
  /** Memory for recordings that are kept. */
  readonly cacheBytes: number;
  /** Reads audio files that lie within others; null for a path that names a file of its own. */
  readonly embedded?: (path: string) => Promise<Uint8Array> | null;
}

/** Node reads no larger file in one piece, and no larger one is decoded (`decoded-audio.ts`). */
const MOST_FILE_BYTES = 2 ** 31 - 1;

/** Manifests round the ends of pieces; so far behind the end of a file is still its end, in seconds. */
const OVERSHOOT = 0.02;

/**
 * Reads recordings and keeps those that are asked for in pieces, the most recently used first, as far as they fit.
 *
 * @returns A function of the path and of whether to keep it. It throws what `readRecording` throws.
 */
export function recordingReader(options: RecordingOptions): (path: string, keep: boolean) => Promise<Recording> {
  /** Path -> recording, the one used longest ago first. A promise, so that pieces read at once share one decoding. */
  const kept = new Map<string, { recording: Promise<Recording>; bytes: number }>();

  const makeRoom = () => {
    let bytes = [...kept.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [path, entry] of kept) {
      if (bytes <= options.cacheBytes) return;
      kept.delete(path);
      bytes -= entry.bytes;
    }
  };

  return async (path, keep) => {
    const known = kept.get(path);
    if (known) {
      kept.delete(path);
      kept.set(path, known);
      return known.recording;
    }
    const recording = readRecording(path, options);
    if (!keep) return recording;
    const entry = { recording, bytes: 0 };
    kept.set(path, entry);
    try {
      entry.bytes = (await recording).samples.byteLength;
      makeRoom();
    } catch (error) {
      // A second attempt reads the file again: it may have been a fault of the network.
      if (kept.get(path) === entry) kept.delete(path);
      throw error;
    }
    return recording;
  };
}

/**
 * @throws RecordError `file-missing`, `file-changed`, `file-unreadable`, `not-a-file`, `too-long`, `no-such-channel`, and those of
 *   `decodeAudio`.
 */
export async function readRecording(path: string, options: RecordingOptions): Promise<Recording> {
  const decoded = await decodeAudio(await (options.embedded?.(path) ?? readWhole(path)), path, options);
  return { samples: oneChannel(decoded, path, options.channel), sampleRate: decoded.sampleRate };
}

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    // Looked at before it is opened: opening a pipe waits for somebody to write into it.
    const status = await stat(path);
    if (!status.isFile()) throw new RecordError('not-a-file', `${path}: is not a regular file; name an audio file.`);
    if (status.size > MOST_FILE_BYTES) {
      throw new RecordError('too-long', `${path}: has ${status.size} bytes, more than 2 GiB; cut the recording.`);
    }
    const bytes = await readFile(path);
    const after = await stat(path);
    if (after.size !== status.size || after.mtimeMs !== status.mtimeMs || after.ino !== status.ino) {
      const message = `${path}: changed while it was read; try again when it is written to no more.`;
      throw new RecordError('file-changed', message);
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof RecordError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new RecordError(
        'file-missing',
        `${path}: there is no such file; check the path, which is taken from the working folder.`,
        { cause },
      );
    }
    if (code === undefined) throw cause;
    throw new RecordError(
      'file-unreadable',
      `${path}: cannot be read (${message}); check its permissions and the disk.`,
      { cause },
    );
  }
}

function oneChannel({ channels }: DecodedAudio, path: string, channel: 'mix' | number): Float32Array {
  if (channel !== 'mix') {
    const chosen = channels[channel];
    if (chosen) return chosen;
    throw new RecordError(
      'no-such-channel',
      `${path}: has ${channels.length} ${channels.length === 1 ? 'channel' : 'channels'} and "channel" of "read-audio" is ${channel}, counted from 0; choose another or "mix".`,
    );
  }
  const [first = new Float32Array(0), ...others] = channels;
  if (others.length === 0) return first;
  const mix = Float32Array.from(first);
  for (const other of others) for (let i = 0; i < mix.length; i++) mix[i] = (mix[i] ?? 0) + (other[i] ?? 0);
  return mix.map((sum) => sum / channels.length);
}

/**
 * The samples from `start` on for `duration` seconds, both rounded to whole samples; null goes on to the end.
 *
 * @throws RecordError `outside-file` when there is no such piece.
 */
export function cut(
  { samples, sampleRate }: Recording,
  path: string,
  start: number,
  duration: number | null,
): Float32Array {
  const first = Math.round(start * sampleRate);
  const end = duration === null ? samples.length : Math.round((start + duration) * sampleRate);
  const overshoot = Math.round(OVERSHOOT * sampleRate);
  if (!(first >= 0 && first < samples.length && end > first && end <= samples.length + overshoot)) {
    const wanted =
      duration === null ? `from ${start} s on` : `from ${start} s to ${Number((start + duration).toFixed(3))} s`;
    throw new RecordError(
      'outside-file',
      `${path}: lasts ${(samples.length / sampleRate).toFixed(3)} s and the utterance is ${wanted}; correct the manifest.`,
    );
  }
  return samples.slice(first, end);
}
