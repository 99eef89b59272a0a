/** FLAC through libFLAC in WebAssembly, which is handed one checked frame after the other. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { RecordError } from '../errors.ts';
import { concatenateBlocks, type SampleBlock } from './blocks.ts';
import { checkClaim, refuseCorrupt, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { afterMetadata, flacFrames, readStreamInfo, type FlacFrame, type FlacStreamInfo } from './flac-frames.ts';
import { afterId3 } from './mp3-frames.ts';
import { withDecoder } from './wasm-decoder.ts';

/** So much damage ends the search for what can be kept, which would else take time with the square of the length. */
const MOST_DAMAGES = 100;

/** Frames decoded in one call: enough to make the call cheap, few enough to bound what it allocates. */
const FRAMES_A_CALL = 16;

/** @throws RecordError `bad-header`, `mixed-format`, `truncated-data`, `corrupt-data`, `too-long`. */
export async function readFlac(bytes: Uint8Array, path: string, limits: DecodeLimits): Promise<DecodedAudio> {
  const magic = afterId3(bytes);
  const info = readStreamInfo(bytes, magic);
  if (!info) {
    throw new RecordError(
      'bad-header',
      `${path}: the first metadata block, at byte ${magic + 4}, is not a whole STREAMINFO; encode the file again from its source.`,
    );
  }
  checkClaim(path, info.sampleRate, info.channels, limits.damaged === 'keep' ? 0 : info.frames, limits.maxSeconds);
  const frames = wholeFrames(bytes, path, magic, info, limits);

  const blocks = await withDecoder(
    path,
    () => new FLACDecoder(),
    async (decoder) => {
      // The decoder sees frames only; those that leave rate or width to the header need it in front, as the last block.
      const header = bytes.slice(magic, magic + 42);
      header[4] = 0x80;
      await decoder.decodeFrames([header]);
      const decodedBlocks: SampleBlock[] = [];
      for (let i = 0; i < frames.length; i += FRAMES_A_CALL) {
        const some = frames.slice(i, i + FRAMES_A_CALL);
        const decoded = await decoder.decodeFrames(some.map(({ start, end }) => bytes.subarray(start, end)));
        const expected = some.reduce((sum, frame) => sum + frame.samples, 0);
        if (decoded.errors.length > 0 || decoded.samplesDecoded !== expected) {
          const reason = decoded.errors[0]?.message ?? `${decoded.samplesDecoded} of ${expected} samples`;
          refuseCorrupt(path, `the FLAC frames from byte ${some[0]?.start} on do not decode (${reason})`, limits);
        }
        if (decoded.channelData.length === info.channels) decodedBlocks.push(decoded.channelData);
      }
      return decodedBlocks;
    },
  );
  const channels = concatenateBlocks(blocks, info.channels);
  for (const samples of channels) undoScale(samples, info.bits);
  return { channels, sampleRate: info.sampleRate };
}

/** The frames of one format, after all that is wrong with the rest was said. */
function wholeFrames(
  bytes: Uint8Array,
  path: string,
  magic: number,
  info: FlacStreamInfo,
  limits: DecodeLimits,
): FlacFrame[] {
  const frames: FlacFrame[] = [];
  let total = 0;
  let damages = 0;
  for (const found of flacFrames(bytes, afterMetadata(bytes, magic), info)) {
    if (!('end' in found)) {
      if (found.toEnd)
        refuseTruncated(
          path,
          `the FLAC stream is cut off in the frame at byte ${found.start}, after ${total} samples`,
          limits,
        );
      else refuseCorrupt(path, `no whole FLAC frame begins at byte ${found.start}, after ${total} samples`, limits);
      if (++damages === MOST_DAMAGES) break;
      continue;
    }
    if (found.channels !== info.channels) {
      throw new RecordError(
        'mixed-format',
        `${path}: changes from ${info.channels} to ${found.channels} channels at byte ${found.start}; split the file there.`,
      );
    }
    frames.push(found);
    total += found.samples;
    checkClaim(path, info.sampleRate, info.channels, total, limits.maxSeconds);
  }
  if (total < info.frames) {
    refuseTruncated(path, `the header claims ${info.frames} samples and the file ends after ${total}`, limits);
  }
  return frames;
}

/** The decoder divides by the largest positive integer; half the range is meant (`pcm.ts`), and is reached exactly. */
function undoScale(samples: Float32Array, bits: number): void {
  const half = 2 ** (bits - 1);
  for (let i = 0; i < samples.length; i++) {
    const integer = (samples[i] ?? 0) * (half - 1);
    samples[i] = (bits <= 24 ? Math.round(integer) : integer) / half;
  }
}
