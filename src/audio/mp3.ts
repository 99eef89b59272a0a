/** MP3 (and MPEG layers 1 and 2) through mpg123 in WebAssembly, without the encoder's delay and padding. */
import { MPEGDecoder } from 'mpg123-decoder';
import { RecordError } from '../errors.ts';
import { concatenateBlocks, type SampleBlock } from './blocks.ts';
import { checkClaim, refuseCorrupt, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { announcedFrames, firstMp3Frame, mp3Frames, type Mp3Frame } from './mp3-frames.ts';
import { withDecoder } from './wasm-decoder.ts';

const BYTES_A_CALL = 16_384;

/** @throws RecordError `not-audio`, `truncated-data`, `corrupt-data`, `too-long`. */
export async function readMp3(bytes: Uint8Array, path: string, limits: DecodeLimits): Promise<DecodedAudio> {
  const first = firstMp3Frame(bytes);
  if (!first) throw new RecordError('not-audio', `${path}: holds no MPEG audio frames; copy the file again.`);
  const end = measure(bytes, path, first, limits);

  const blocks = await withDecoder(
    path,
    () => new MPEGDecoder(),
    async (decoder) => {
      const decodedBlocks: SampleBlock[] = [];
      let decoded = 0;
      for (let at = first.offset; at < end; at += BYTES_A_CALL) {
        const block = decoder.decode(bytes.subarray(at, Math.min(end, at + BYTES_A_CALL)));
        const error = block.errors[0];
        if (error) refuseCorrupt(path, `the MPEG frames near byte ${at} do not decode (${error.message})`, limits);
        if (block.samplesDecoded > 0 && block.sampleRate !== first.sampleRate) {
          throw new RecordError(
            'mixed-format',
            `${path}: changes from ${first.sampleRate} to ${block.sampleRate} Hz near byte ${at}; split the file there.`,
          );
        }
        decodedBlocks.push(block.channelData);
        decoded += block.samplesDecoded;
        checkClaim(path, first.sampleRate, first.channels, decoded, limits.maxSeconds);
      }
      return decodedBlocks;
    },
  );
  // mpg123 gives two channels always; those of a mono file are equal.
  return { channels: concatenateBlocks(blocks, first.channels), sampleRate: first.sampleRate };
}

/** Walks the frames before anything is decoded, says what is wrong with them, and gives the place behind the last. */
function measure(bytes: Uint8Array, path: string, first: Mp3Frame, limits: DecodeLimits): number {
  let count = 0;
  let samples = 0;
  let end = first.offset;
  for (const frame of mp3Frames(bytes, first)) {
    if (frame.offset !== end)
      refuseCorrupt(path, `there are no MPEG frames between bytes ${end} and ${frame.offset}`, limits);
    count++;
    samples += frame.samples;
    end = frame.offset + frame.size;
  }
  checkClaim(path, first.sampleRate, first.channels, samples, limits.maxSeconds);
  if (end > bytes.length) {
    refuseTruncated(
      path,
      `the last MPEG frame is cut off (after ${(samples / first.sampleRate).toFixed(3)} s)`,
      limits,
    );
  }
  const announced = announcedFrames(bytes, first);
  if (announced !== undefined && count - 1 < announced) {
    refuseTruncated(path, `the header announces ${announced} MPEG frames and the file holds ${count - 1}`, limits);
  }
  return Math.min(end, bytes.length);
}
