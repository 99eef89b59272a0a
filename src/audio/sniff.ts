/** What a file is, by its first bytes. Names of files are not looked at: corpora are full of MP3s called `.wav`. */
import { fourLetters } from './chunks.ts';
import { afterId3, firstMp3Frame } from './mp3-frames.ts';

/** A format that diglot reads itself; `other` may be one that ffmpeg knows. */
export type AudioFormat = 'wav' | 'aiff' | 'au' | 'sphere' | 'flac' | 'mp3' | 'opus' | 'vorbis' | 'other';

export function sniff(bytes: Uint8Array): AudioFormat {
  const letters = fourLetters(bytes, 0);
  const kind = fourLetters(bytes, 8);
  if (['RIFF', 'RIFX', 'RF64', 'BW64'].includes(letters) && (kind === 'WAVE' || 'WAVE'.startsWith(kind))) return 'wav';
  if (letters === 'FORM' && (kind === 'AIFF' || kind === 'AIFC')) return 'aiff';
  if (letters === '.snd') return 'au';
  if (letters === 'NIST' && fourLetters(bytes, 4).startsWith('_1A')) return 'sphere';
  if (letters === 'OggS') return sniffOgg(bytes);
  if (fourLetters(bytes, afterId3(bytes)) === 'fLaC') return 'flac';
  if (firstMp3Frame(bytes)) return 'mp3';
  return 'other';
}

/** The first packet of the first page names the codec (RFC 3533, RFC 7845, Vorbis I section 4.2.1). */
function sniffOgg(bytes: Uint8Array): AudioFormat {
  const packet = 27 + (bytes[26] ?? 0);
  const name = fourLetters(bytes, packet) + fourLetters(bytes, packet + 4);
  if (name === 'OpusHead') return 'opus';
  if (name.startsWith('\x01vorbis')) return 'vorbis';
  return 'other';
}

/** Where a format's mark stands, the mark, and the format in words. */
const FOREIGN: readonly (readonly [number, string, string])[] = [
  [4, 'ftyp', 'an MP4 or M4A file'],
  [0, '\x1a\x45\xdf\xa3', 'a Matroska or WebM file'],
  [0, 'OggS', 'an Ogg file with another codec than Opus and Vorbis'],
  [0, '\x30\x26\xb2\x75', 'a WMA or ASF file'],
  [0, 'caff', 'a Core Audio file'],
  [0, '#!AMR', 'an AMR file'],
  [0, 'ADIF', 'an AAC stream without a container'],
  [0, '\xff\xf0', 'an AAC stream without a container'],
  [0, '\xff\xf1', 'an AAC stream without a container'],
  [0, '\xff\xf8', 'a FLAC or AAC stream without a header'],
  [0, '\xff\xf9', 'a FLAC or AAC stream without a header'],
  [0, 'ID3', 'a file that holds an ID3 tag and no audio that is known'],
  [0, 'PK\x03\x04', 'an archive, which must be unpacked first'],
  [0, '\x1f\x8b', 'an archive, which must be unpacked first'],
];

/** In words, what a file of format `other` seems to be; undefined for bytes that nobody knows. */
export function describeForeign(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  if (/^\s*[<{[]/.test(head)) return 'text, perhaps the error page of a web server';
  return FOREIGN.find(([place, mark]) => head.startsWith(mark, place))?.[2];
}
