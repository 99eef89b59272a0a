/** Ogg Opus (RFC 7845) through libopus in WebAssembly. */
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { RecordError } from '../errors.ts';
import { concatenateBlocks, type SampleBlock } from './blocks.ts';
import { checkClaim, refuseCorrupt, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readOggPages, writeOggPage, type OggPage } from './ogg-pages.ts';
import { withDecoder } from './wasm-decoder.ts';

/** Hz. Opus decodes at this rate whatever it was made from. */
const SAMPLE_RATE = 48_000;

/** Packets decoded in one call. */
const PACKETS_A_CALL = 50;

/** Sixteen letters and two zero counts: the comment header of a stream without comments. */
const NO_TAGS = new Uint8Array([...new TextEncoder().encode('OpusTags'), 0, 0, 0, 0, 0, 0, 0, 0]);

/**
 * The decoder's own Ogg reader loses streams whose comments fill more than a page and miscounts the last page, so it is
 * handed a stream of one packet a page, and the ends are trimmed here.
 *
 * @throws RecordError `bad-header`, `truncated-data`, `corrupt-data`, `unsupported-codec`, `too-long`.
 */
export async function readOpus(bytes: Uint8Array, path: string, limits: DecodeLimits): Promise<DecodedAudio> {
  const pages = readOggPages(bytes, path, limits);
  const [head, , ...packets] = pages.flatMap((page) => page.packets);
  const channels = head?.[9] ?? 0;
  if (!head || head.length < 19)
    throw new RecordError('bad-header', `${path}: the Opus header is cut short; copy the file again.`);
  checkClaim(path, SAMPLE_RATE, channels, 0, Infinity);
  const preSkip = (head[10] ?? 0) + 256 * (head[11] ?? 0);
  const total = packets.reduce((sum, packet) => sum + packetSamples(packet), 0);
  checkClaim(path, SAMPLE_RATE, channels, total, limits.maxSeconds);

  const blocks = await withDecoder(
    path,
    () => new OggOpusDecoder(),
    async (decoder) => {
      // `decode` gives a promise, which its types forget.
      const decode = async (data: Uint8Array) => decoder.decode(data);
      await decode(Buffer.concat([writeOggPage(head, 0, 0), writeOggPage(NO_TAGS, 1, 0)]));
      const decodedBlocks: SampleBlock[] = [];
      let sequence = 2;
      for (let i = 0; i < packets.length; i += PACKETS_A_CALL) {
        const some = packets.slice(i, i + PACKETS_A_CALL).map((packet) => writeOggPage(packet, sequence++, sequence));
        const block = await decode(Buffer.concat(some));
        const error = block.errors[0];
        if (error)
          refuseCorrupt(
            path,
            `an Opus packet between ${i} and ${i + PACKETS_A_CALL} does not decode (${error.message})`,
            limits,
          );
        decodedBlocks.push(block.channelData);
      }
      decodedBlocks.push((await decoder.flush()).channelData);
      return decodedBlocks;
    },
  );
  const decoded = concatenateBlocks(blocks, channels);
  const length = decoded[0]?.length ?? 0;
  const expected = Math.max(0, announcedEnd(pages, total) - preSkip);
  if (length < expected)
    refuseTruncated(path, `the Ogg pages announce ${expected} samples and ${length} were decoded`, limits);
  return { channels: decoded.map((samples) => samples.subarray(0, expected)), sampleRate: SAMPLE_RATE };
}

/** Samples of the stream, pre-skip included: the last page's position counts, since it trims the last packet. */
function announcedEnd(pages: readonly OggPage[], total: number): number {
  const audio = pages.slice(1).filter((page) => page.position > 0);
  const first = audio[0];
  const last = audio.at(-1);
  if (!first || !last) return total;
  // A stream cut out of a longer one does not begin at 0 (section 4.5).
  const inFirst = first.packets.reduce((sum, packet) => sum + packetSamples(packet), 0);
  const start = first === last ? 0 : Math.max(0, first.position - inFirst);
  return Math.min(total, last.position - start);
}

/** Samples at 48 kHz that a packet stands for (RFC 6716 section 3.1); 0 for one that is not allowed. */
function packetSamples(packet: Uint8Array): number {
  const [toc, count = 0] = packet;
  if (toc === undefined) return 0;
  const config = toc >> 3;
  const frame =
    config < 12 ? [480, 960, 1920, 2880][config & 3] : config < 16 ? 480 << (config & 1) : 120 << (config & 3);
  const frames = [1, 2, 2, count & 63][toc & 3] ?? 0;
  return (frame ?? 0) * frames;
}
