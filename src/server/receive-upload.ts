/** A multipart form with one recording in it: the recording goes to disk as it comes, the fields into memory. */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RequestError, tooLarge } from './request-error.ts';
import type { ServerLimits } from './server-options.ts';

/** Bytes a second below which a client takes the place of others. */
const SLOWEST = 1000;

export interface Upload {
  /** The recording, in a folder of its own. */
  readonly path: string;
  readonly folder: string;
  /** What the client calls it. */
  readonly name: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Gives the upload to `use` and removes it afterwards, whatever happened. */
export async function withUpload<T>(
  request: FastifyRequest,
  limits: ServerLimits,
  use: (upload: Upload) => Promise<T>,
): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > limits.uploadBytes + 2 ** 20) throw tooLarge(limits.uploadBytes);
  const folder = await mkdtemp(join(tmpdir(), `diglot-serve-${process.pid}-`));
  try {
    return await use(await receive(request, folder, limits));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @throws RequestError 400 without a recording, 413 for one that is too large, 408 for a client that is too slow.
 */
async function receive(request: FastifyRequest, folder: string, limits: ServerLimits): Promise<Upload> {
  const pace = new AbortController();
  const reading = readParts(request, folder, limits.uploadBytes);
  reading.catch(() => undefined); // where the pace has ended it already
  try {
    return await Promise.race([reading, tooSlow(request, limits.idleSeconds, pace.signal)]);
  } finally {
    pace.abort();
  }
}

async function readParts(request: FastifyRequest, folder: string, most: number): Promise<Upload> {
  const fields: (readonly [string, string])[] = [];
  let file: Pick<Upload, 'path' | 'name'> | null = null;
  const parts = request.parts({
    limits: { files: 1, fields: 40, parts: 41, fieldSize: 2 ** 16, fieldNameSize: 100, fileSize: most },
  });
  for await (const part of parts) {
    if (part.type === 'field') fields.push([part.fieldname, String(part.value)]);
    else file = await save(part, folder, most);
  }
  if (file === null) {
    throw new RequestError(400, 'no_file', 'The form has no recording; send it in the field "file".', {
      field: 'file',
    });
  }
  return { ...file, folder, fields };
}

async function save(part: MultipartFile, folder: string, most: number): Promise<Pick<Upload, 'path' | 'name'>> {
  const name = (basename(part.filename || 'recording') || 'recording').slice(0, 200);
  const path = join(folder, safeName(name));
  part.file.once('limit', () => part.file.destroy(tooLarge(most))); // the rest of it need not come
  await pipeline(part.file, createWriteStream(path));
  if (part.fieldname !== 'file') {
    throw new RequestError(400, 'no_file', 'Send the recording in the field "file".', { field: part.fieldname });
  }
  return { path, name };
}

/** Letters, digits, dots and lines of any script; not hidden, not long. */
function safeName(name: string): string {
  return name
    .replace(/[^\p{L}\p{N}._-]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(-80);
}

/** Rejects when next to nothing comes for `seconds`. */
function tooSlow(request: FastifyRequest, seconds: number, signal: AbortSignal): Promise<never> {
  const { socket } = request.raw;
  let before = socket.bytesRead;
  return new Promise((_, reject) => {
    const timer = setInterval(() => {
      if (socket.bytesRead - before < SLOWEST * seconds) {
        const message = `Less than ${SLOWEST} bytes a second came for ${seconds} s, so the upload was given up.`;
        reject(new RequestError(408, 'too_slow', message));
      }
      before = socket.bytesRead;
    }, 1000 * seconds).unref();
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}
