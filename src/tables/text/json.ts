/** JSON with the field names of openai-whisper's result. */
import type { Segment } from '../../records.ts';
import type { Transcript } from './transcript.ts';

/** The whole result in one line, in the order in which openai-whisper writes it. */
export function json({ text, segments, language }: Transcript): string {
  return `${JSON.stringify({ text, segments: segments.map(segmentFields), language })}\n`;
}

/** The same for a stream of recordings: it begins with the audio file. */
export function jsonLine({ path, text, segments, language }: Transcript): string {
  return `${JSON.stringify({ file: path, language, text, segments: segments.map(segmentFields) })}\n`;
}

function segmentFields(segment: Segment, id: number): object {
  const { seek, start, end, text, tokens, temperature, words } = segment;
  return {
    id,
    seek,
    start,
    end,
    text,
    tokens,
    temperature,
    avg_logprob: segment.averageLogProbability,
    compression_ratio: segment.compressionRatio,
    no_speech_prob: segment.noSpeechProbability,
    ...(words === null ? {} : { words }),
  };
}
