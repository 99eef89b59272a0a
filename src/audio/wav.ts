/**
 * Our own WAV reader: RIFF, RIFX (big-endian), RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088), WAVE_FORMAT_EXTENSIBLE,
 * integers of 1 to 8 bytes, floats, A-law and mu-law, chunks in any order, recordings that were streamed and never got
 * their sizes. Plain files go through node-wav (`node-wav.ts`), which gives the same samples.
 */
import { checkClaim, refuseTruncated, type DecodedAudio, type DecodeLimits } from './decoded-audio.ts';
import { readPlainWav } from './node-wav.ts';
import { readPcm } from './pcm.ts';
import { readWavHeader } from './wav-header.ts';

/**
 * @throws RecordError `bad-header`, `unsupported-codec` (which ffmpeg may know), `truncated-data`, `no-samples`,
 *   `too-long`.
 */
export function readWav(bytes: Uint8Array, path: string, limits: DecodeLimits): DecodedAudio {
  const header = readWavHeader(bytes, path);
  const { bytesPerSample, channels, sampleRate, dataOffset, dataSize } = header;
  const stride = bytesPerSample * channels;
  const claimed = Math.floor(dataSize / stride);
  const frames = Math.min(claimed, Math.floor((bytes.length - dataOffset) / stride));
  checkClaim(path, sampleRate, channels, frames, limits.maxSeconds);
  if (frames < claimed) {
    refuseTruncated(
      path,
      `the "data" chunk at byte ${dataOffset - 8} claims ${claimed} frames and the file ends after ${frames} (${(frames / sampleRate).toFixed(3)} s)`,
      limits,
    );
  }
  const data = bytes.subarray(dataOffset, dataOffset + frames * stride);
  return { channels: readPlainWav(bytes, header, frames) ?? readPcm(data, header), sampleRate };
}
