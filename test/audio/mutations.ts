/** Damage to audio files, as data, so that fast-check can shrink it: what a bad disk, a bad copy or a bad writer does. */
import fc from 'fast-check';
import { crc16Step, crc32, crc8 } from '../../src/audio/crc.ts';
import { afterMetadata, flacFrames, readStreamInfo } from '../../src/audio/flac-frames.ts';

/** `at` and `to` are places in millionths of the file's length; `size` counts bytes. */
export type Edit =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'write'; readonly at: number; readonly value: number; readonly bytes: 1 | 2 | 4 }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'remove'; readonly at: number; readonly size: number }
  | { readonly kind: 'copy'; readonly at: number; readonly to: number; readonly size: number };

export interface Mutation {
  readonly edits: readonly Edit[];
  /** Correct the check sums afterwards (Ogg pages, FLAC frames), so that the damage reaches the decoders behind them. */
  readonly repair: boolean;
}

/** Half of the edits fall into the first hundredth of the file, where the headers are. */
const place = fc.oneof(fc.nat(999_999), fc.nat(10_000));

const telling = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('write' as const), at: place, value: telling, bytes: fc.constantFrom(1, 2, 4) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(999_999) }),
  fc.record({ kind: fc.constant('remove' as const), at: place, size: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant('copy' as const), at: place, to: place, size: fc.integer({ min: 1, max: 600 }) }),
);

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  repair: fc.boolean(),
});

export function mutate(original: Uint8Array, { edits, repair }: Mutation): Uint8Array {
  let bytes = Uint8Array.from(original);
  for (const change of edits) {
    const at = Math.min(bytes.length - 1, Math.floor((change.at / 1e6) * bytes.length));
    if (at < 0) break;
    switch (change.kind) {
      case 'flip':
        bytes[at] = (bytes[at] ?? 0) ^ (1 << change.bit);
        break;
      case 'write':
        for (let i = 0; i < change.bytes && at + i < bytes.length; i++) bytes[at + i] = change.value >>> (8 * i);
        break;
      case 'cut':
        bytes = bytes.slice(0, at);
        break;
      case 'remove':
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + change.size)]);
        break;
      case 'copy': {
        const to = Math.floor((change.to / 1e6) * bytes.length);
        const piece = bytes.subarray(at, at + change.size);
        bytes = Uint8Array.from([...bytes.subarray(0, to), ...piece, ...bytes.subarray(to)]);
        break;
      }
    }
  }
  if (repair) {
    repairOgg(bytes);
    repairFlac(bytes, original);
  }
  return bytes;
}

function repairOgg(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 27 < bytes.length;) {
    if (view.getUint32(at) !== 0x4f676753) return;
    const segments = bytes[at + 26] ?? 0;
    const size = 27 + segments + bytes.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0);
    if (at + size > bytes.length) return;
    view.setUint32(at + 22, crc32(bytes, at, at + size, at + 22), true);
    at += size;
  }
}

/** Writes the two checks of each frame anew, where the frames of the original were; right for edits that keep places. */
function repairFlac(bytes: Uint8Array, original: Uint8Array): void {
  const info = readStreamInfo(original, 0);
  if (!info || original[0] !== 0x66) return;
  for (const frame of flacFrames(original, afterMetadata(original, 0), info)) {
    if (!('end' in frame) || frame.end > bytes.length) return;
    let header = frame.start + 5;
    while (header < frame.start + 16 && crc8(original, frame.start, header) !== original[header]) header++;
    bytes[header] = crc8(bytes, frame.start, header);
    let crc = 0;
    for (let i = frame.start; i < frame.end - 2; i++) crc = crc16Step(crc, bytes[i] ?? 0);
    bytes[frame.end - 2] = crc >> 8;
    bytes[frame.end - 1] = crc & 0xff;
  }
}
