/**
 * Formats that diglot does not read itself, decoded by an ffmpeg that the user has installed. It is started without a
 * shell, may open nothing but the one file, may take only formats that hold audio (no playlists, which name other
 * files), and is killed when it takes too long or gives too much.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { RecordError } from '../errors.ts';
import { refuseCorrupt, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readWav } from './wav.ts';

const FORMATS = [
  'aac,ac3,act,aea,aiff,alaw,amr,amrnb,amrwb,ape,asf,au,avi,caf,codec2,dsf,dts,eac3,flac,flv,g722,g723_1,g729,gsm,ilbc,iff',
  'matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,mulaw,nist,nistsphere,ogg,oma,qcp,rm,rso,shn,sln,smjpeg',
  'sox,spdif,tak,tta,voc,vqf,w64,wav,wv,xwma',
].join(',');

const LONGEST_RUN_MS = 600_000;
const MOST_BYTES = 2 ** 31;

export interface FfmpegCall {
  /** Program to start; null forbids it. */
  readonly program: string | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes the first audio stream of the file at `path`.
 *
 * @param what What the file is, for the message when there is no ffmpeg.
 * @throws RecordError `needs-ffmpeg`, `ffmpeg-failed`, `corrupt-data`, and those of `readWav`.
 */
export async function readThroughFfmpeg(
  path: string,
  what: string,
  call: FfmpegCall,
  limits: DecodeLimits,
): Promise<DecodedAudio> {
  if (call.program === null) {
    throw new RecordError(
      'needs-ffmpeg',
      `${path}: ${what}; that needs ffmpeg, and "ffmpeg" of "read-audio" is null; convert the file to WAV or FLAC.`,
    );
  }
  // prettier-ignore
  const parameters = [
    '-nostdin', '-hide_banner', '-v', 'error',
    '-protocol_whitelist', 'file,pipe', '-format_whitelist', FORMATS, '-i', `file:${resolve(path)}`,
    '-map', '0:a:0', '-t', String(limits.maxSeconds + 1), '-c:a', 'pcm_f32le', '-f', 'wav', 'pipe:1',
  ];
  const { output, complaint, status } = await collect(call.program, parameters, path, what, call.signal);
  if (status !== 0) {
    throw new RecordError(
      'ffmpeg-failed',
      `${path}: ${what}, and ffmpeg cannot decode it (${complaint || `status ${status}`}); convert it to WAV or FLAC by other means.`,
    );
  }
  if (complaint) refuseCorrupt(path, `ffmpeg reports damage (${complaint})`, limits);
  return readWav(output, path, limits);
}

interface Finished {
  readonly output: Uint8Array;
  /** Last line of standard error. */
  readonly complaint: string;
  readonly status: number | string;
}

function collect(
  program: string,
  parameters: string[],
  path: string,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Finished> {
  return new Promise((settle, fail) => {
    // Not spawn's own time limit, whose timer goes on for a program that never started and keeps the process alive.
    const limit = AbortSignal.timeout(LONGEST_RUN_MS);
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const output: Buffer[] = [];
    let size = 0;
    let errors = '';
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= MOST_BYTES) output.push(part);
      else child.kill('SIGKILL');
    });
    child.stderr.on('data', (part: Buffer) => (errors = (errors + part.toString('utf8')).slice(-4096)));
    child.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'EACCES') {
        fail(
          new RecordError(
            'needs-ffmpeg',
            `${path}: ${what}; that needs ffmpeg, and "${program}" cannot be started; install ffmpeg (apt install ffmpeg, brew install ffmpeg), or convert the file to WAV or FLAC.`,
            { cause },
          ),
        );
      } else if (limit.aborted) {
        fail(
          new RecordError(
            'ffmpeg-failed',
            `${path}: ffmpeg was not done after ${LONGEST_RUN_MS / 1000} s; convert it to WAV or FLAC by other means.`,
          ),
        );
      } else fail(cause);
    });
    child.on('close', (code, killedBy) => {
      const complaint = errors.trim().split('\n').at(-1)?.trim() ?? '';
      if (size > MOST_BYTES)
        fail(new RecordError('too-long', `${path}: needs more than 2 GiB of memory when decoded; cut the recording.`));
      else settle({ output: Buffer.concat(output), complaint, status: code ?? killedBy ?? 'unknown' });
    });
  });
}
