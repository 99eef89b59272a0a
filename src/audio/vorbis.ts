/** Ogg Vorbis through libvorbis in WebAssembly. */
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { RecordError } from '../errors.ts';
import { concatenateBlocks, type SampleBlock } from './blocks.ts';
import { checkClaim, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readOggPages } from './ogg-pages.ts';
import { withDecoder } from './wasm-decoder.ts';

type DecoderPages = Parameters<OggVorbisDecoder['decodeOggPages']>[0];

/**
 * The decoder's own Ogg reader loses streams whose headers fill more than a page, so it is handed packets.
 *
 * @throws RecordError `bad-header`, `truncated-data`, `corrupt-data`, `unsupported-codec`, `too-long`.
 */
export async function readVorbis(bytes: Uint8Array, path: string, limits: DecodeLimits): Promise<DecodedAudio> {
  const pages = readOggPages(bytes, path, limits);
  const [identification, , setup] = pages.flatMap((page) => page.packets);
  if (!identification || identification.length < 30 || setup?.[0] !== 5) {
    throw new RecordError('bad-header', `${path}: the three Vorbis headers are not whole; copy the file again.`);
  }
  const sampleRate = new DataView(identification.buffer, identification.byteOffset).getUint32(12, true);
  const channels = identification[11] ?? 0;
  checkClaim(path, sampleRate, channels, 0, Infinity);

  const blocks: SampleBlock[] = [];
  let total = 0;
  let end: number | undefined;
  await withDecoder(
    path,
    () => new OggVorbisDecoder(),
    async (decoder) => {
      await decoder.decodeOggPages(asPages(identification, []));
      let headers = 3;
      let start: number | undefined;
      for (const page of pages) {
        const packets = page.packets.slice(Math.min(headers, page.packets.length));
        headers -= page.packets.length - packets.length;
        if (packets.length === 0) continue;
        const block = await decoder.decodeOggPages(asPages(new Uint8Array(1), packets, setup));
        blocks.push(block.channelData);
        total += block.samplesDecoded;
        checkClaim(path, sampleRate, channels, total, limits.maxSeconds);
        if (page.position < 0) continue;
        // A stream cut out of a longer one does not begin at 0 (Vorbis I, appendix A.2).
        start ??= Math.max(0, page.position - total);
        end = page.position - start;
      }
    },
  );
  const expected = end ?? total;
  if (total < expected)
    refuseTruncated(path, `the Ogg pages announce ${expected} samples and ${total} were decoded`, limits);
  const decoded = concatenateBlocks(blocks, channels);
  return { channels: decoded.map((samples) => samples.subarray(0, Math.max(0, expected))), sampleRate };
}

/** What the decoder reads of the pages that `codec-parser` would give it. */
function asPages(data: Uint8Array, packets: readonly Uint8Array[], setup?: Uint8Array): DecoderPages {
  const codecFrames = packets.map((packet) => ({ data: packet, header: { vorbisSetup: setup } }));
  return [{ data, codecFrames, isLastPage: false }] as unknown as DecoderPages;
}
