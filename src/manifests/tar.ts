/**
 * Members of tar archives, by name, without unpacking: POSIX ustar with its prefix, GNU long names, and pax headers for
 * names and sizes (IEEE 1003.1-2017, pax). Only headers are read; a member is a stretch of bytes of the archive.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { RecordError } from '../errors.ts';
import { fileIndex } from './file-index.ts';

export interface TarMember {
  readonly name: string;
  /** Where its bytes begin in the archive, and how many they are. */
  readonly offset: number;
  readonly bytes: number;
}

const BLOCK = 512;
/** Bytes: a name or pax header that is longer is broken. */
const LONGEST_HEADER = 1 << 20;

/**
 * The files of an archive, in its order; folders and links are passed over.
 * @throws RecordError `tar` when the archive is broken or compressed; the members before the fault have been given.
 *   `unreadable` when it cannot be opened.
 */
export async function* tarMembers(path: string): AsyncGenerator<TarMember> {
  const archive = await open(path).catch((cause: unknown) => {
    throw new RecordError('unreadable', `${path}: ${(cause as Error).message}.`, { cause });
  });
  try {
    const { size } = await archive.stat();
    let at = 0;
    let named: { name?: string; bytes?: number } = {};
    while (at + BLOCK <= size) {
      const header = await exactly(archive, at, BLOCK);
      if (header.every((byte) => byte === 0)) return;
      if (!isHeader(header)) throw broken(path, at, header);
      const bytes = named.bytes ?? numberAt(header, 124, 12);
      const type = String.fromCharCode(header[156]!);
      const offset = at + BLOCK;
      if (!Number.isSafeInteger(bytes) || offset + bytes > size) {
        throw new RecordError('tar', `${path} is cut off within the member at byte ${at}; copy it again.`);
      }
      at = offset + Math.ceil(bytes / BLOCK) * BLOCK;
      if (type === 'L' || type === 'x') {
        if (bytes > LONGEST_HEADER) throw broken(path, offset, header);
        const text = await exactly(archive, offset, bytes);
        named = type === 'L' ? { ...named, name: textAt(text, 0, bytes) } : { ...named, ...paxFields(text) };
      } else if (type !== 'g') {
        const name = named.name ?? nameOf(header);
        named = {};
        if (type === '0' || type === '\0' || type === '7') yield { name, offset, bytes };
      }
    }
  } finally {
    await archive.close();
  }
}

/** Where in a path an archive ends and the name of a member begins; null for a path without one. */
export function tarPath(path: string): { archive: string; member: string } | null {
  const [, archive, member] = /^(.*?\.tar)[\\/](.+)$/i.exec(path) ?? [];
  return archive === undefined || member === undefined ? null : { archive, member };
}

const withMembers = fileIndex(membersByName);

/**
 * The bytes of a member. The names of an archive are read once, and again when it has changed.
 * @throws RecordError `file-missing` when there is no such archive or member, `file-changed`, `tar` when it is broken.
 */
export function readTarMember(archive: string, name: string): Promise<Uint8Array> {
  return withMembers(archive, async (members) => {
    const member = members.get(name);
    if (member === undefined) throw new RecordError('file-missing', `${archive} has no member ${name}.`);
    return readStretch(archive, member);
  });
}

/** The bytes of a member whose place is known. @throws RecordError `tar` when the archive ends before. */
export async function readStretch(archive: string, { offset, bytes }: TarMember): Promise<Uint8Array> {
  const file = await open(archive);
  try {
    return await exactly(file, offset, bytes);
  } finally {
    await file.close();
  }
}

async function membersByName(archive: string): Promise<ReadonlyMap<string, TarMember>> {
  const members = new Map<string, TarMember>();
  for await (const member of tarMembers(archive)) members.set(member.name, member);
  return members;
}

async function exactly(file: FileHandle, at: number, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, at + done);
    if (bytesRead === 0)
      throw new RecordError('tar', `the archive ends at byte ${at + done}, ${bytes - done} too early.`);
    done += bytesRead;
  }
  return buffer;
}

/** The checksum counts its own eight bytes as spaces. */
function isHeader(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return sum === numberAt(header, 148, 8);
}

function broken(path: string, at: number, header: Uint8Array): RecordError {
  const isGzip = at === 0 && header[0] === 0x1f && header[1] === 0x8b;
  const mend = isGzip ? 'is compressed; unpack it to a plain .tar' : `is no tar archive at byte ${at}; write it again`;
  return new RecordError('tar', `${path} ${mend}.`);
}

function nameOf(header: Uint8Array): string {
  const name = textAt(header, 0, 100);
  const prefix = textAt(header, 257, 5) === 'ustar' && header[262] === 0 ? textAt(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textAt(bytes: Uint8Array, from: number, length: number): string {
  const end = bytes.indexOf(0, from);
  return Buffer.from(bytes.subarray(from, end < 0 ? from + length : Math.min(end, from + length))).toString('utf8');
}

/** Octal digits, or base 256 where the first bit is set. */
function numberAt(header: Uint8Array, from: number, length: number): number {
  if ((header[from]! & 0x80) === 0) return parseInt(textAt(header, from, length).trim() || '0', 8);
  return header.subarray(from + 1, from + length).reduce((value, byte) => 256 * value + byte, header[from]! & 0x7f);
}

/** Lines of `LENGTH KEY=VALUE`, the length with all of the line in bytes. */
function paxFields(text: Uint8Array): { name?: string; bytes?: number } {
  const fields: { name?: string; bytes?: number } = {};
  for (let at = 0; at < text.length;) {
    const length = parseInt(textAt(text, at, 20), 10);
    if (!(length > 0)) break;
    const line = Buffer.from(text.subarray(at, at + length - 1)).toString('utf8');
    const [, key, value] = /^\d+ ([^=]+)=(.*)$/s.exec(line) ?? [];
    if (key === 'path') fields.name = value!;
    if (key === 'size') fields.bytes = Number(value);
    at += length;
  }
  return fields;
}
