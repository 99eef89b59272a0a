/** The pages and packets of an Ogg file (RFC 3533), walked and checked before anything is decoded. */
import { RecordError } from '../errors.ts';
import { fourLetters } from './chunks.ts';
import { crc32 } from './crc.ts';
import { refuseCorrupt, refuseTruncated, type DecodeLimits } from './decoded-audio.ts';

/** The packets that end on one page. */
export interface OggPage {
  readonly packets: readonly Uint8Array[];
  /** Samples up to the end of the page, as the codec counts them; -1 where no packet ends on the page. */
  readonly position: number;
}

const CONTINUED = 1;
const LAST = 4;

/**
 * All pages of a file that holds one stream.
 *
 * @throws RecordError `truncated-data`, `corrupt-data`; `unsupported-codec` for several streams in one file.
 */
export function readOggPages(bytes: Uint8Array, path: string, limits: DecodeLimits): OggPage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pages: OggPage[] = [];
  let serial: number | undefined;
  let sequence = 0;
  let flags = 0;
  let carried: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = pageSize(bytes, at);
    if (size === undefined) {
      refuseTruncated(path, `the Ogg page at byte ${at} is cut off, or none begins there`, limits);
      at = nextPage(bytes, at + 1);
      continue;
    }
    const stream = view.getUint32(at + 14, true);
    serial ??= stream;
    if (stream !== serial)
      throw new RecordError('unsupported-codec', `${path}: a second Ogg stream begins at byte ${at}`);
    if (view.getUint32(at + 22, true) !== crc32(bytes, at, at + size, at + 22)) {
      refuseCorrupt(path, `the check sum of the Ogg page at byte ${at} is wrong`, limits);
    }
    const number = view.getUint32(at + 18, true);
    if (number !== sequence) refuseCorrupt(path, `Ogg page ${sequence} is missing before byte ${at}`, limits);
    sequence = number + 1;
    flags = bytes[at + 5] ?? 0;
    if (!(flags & CONTINUED)) carried = [];
    const pieces = splitPage(bytes, at);
    const packets = pieces.slice(0, -1).map((piece, index) => (index === 0 ? join([...carried, piece]) : piece));
    carried = pieces.length > 1 ? pieces.slice(-1) : [...carried, ...pieces];
    pages.push({ packets, position: Number(view.getBigInt64(at + 6, true)) });
    at += size;
  }
  if (!(flags & LAST))
    refuseTruncated(path, `the Ogg stream stops at byte ${bytes.length} without its last page`, limits);
  return pages;
}

/** Bytes of the page at `at`; undefined where there is no whole page. */
function pageSize(bytes: Uint8Array, at: number): number | undefined {
  if (fourLetters(bytes, at) !== 'OggS' || at + 27 > bytes.length) return undefined;
  const body = at + 27 + (bytes[at + 26] ?? 0);
  if (body > bytes.length) return undefined;
  const end = body + bytes.subarray(at + 27, body).reduce((sum, length) => sum + length, 0);
  return end > bytes.length ? undefined : end - at;
}

/** The packets of a page; the last piece is what goes on in the next page, and may be empty. */
function splitPage(bytes: Uint8Array, at: number): Uint8Array[] {
  const segments = bytes[at + 26] ?? 0;
  const pieces: Uint8Array[] = [];
  let start = at + 27 + segments;
  let end = start;
  for (let i = 0; i < segments; i++) {
    const length = bytes[at + 27 + i] ?? 0;
    end += length;
    if (length === 255) continue;
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return [...pieces, bytes.subarray(start, end)];
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] ? pieces[0] : new Uint8Array(Buffer.concat(pieces));
}

function nextPage(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && fourLetters(bytes, at) !== 'OggS') at++;
  return at;
}

/** One page that holds one packet, for decoders that take only Ogg. */
export function writeOggPage(packet: Uint8Array, sequence: number, position: number): Uint8Array {
  const segments = Math.floor(packet.length / 255) + 1;
  const page = new Uint8Array(27 + segments + packet.length);
  const view = new DataView(page.buffer);
  page.set(new TextEncoder().encode('OggS'), 0);
  page[5] = sequence === 0 ? 2 : 0;
  view.setBigInt64(6, BigInt(position), true);
  view.setUint32(18, sequence, true);
  page[26] = segments;
  page.fill(255, 27, 27 + segments - 1);
  page[27 + segments - 1] = packet.length % 255;
  page.set(packet, 27 + segments);
  view.setUint32(22, crc32(page, 0, page.length, 22), true);
  return page;
}
